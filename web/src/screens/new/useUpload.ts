import { useEffect, useRef, useState } from "react";
import { announce } from "../../app/announce";
import { ApiProblem } from "../../data/api";
import type { Uploaded } from "../../data/wire";
import { upload, type Upload } from "./upload";

export type Uploading =
  | { state: "none" }
  | { state: "going"; name: string; share: number }
  | { state: "done"; name: string; uploaded: Uploaded }
  | { state: "failed"; name: string; problem: ApiProblem };

export interface Uploader {
  now: Uploading;
  begin(file: File): void;
  stop(): void;
}

/** One bundle at a time; another one takes its place. */
export function useUpload(ref: string): Uploader {
  const [now, setNow] = useState<Uploading>({ state: "none" });
  const current = useRef<Upload>(undefined);
  function begin(file: File) {
    current.current?.stop();
    const { name } = file;
    setNow({ state: "going", name, share: 0 });
    const mine = upload(file, ref.trim(), (share) => current.current === mine && setNow({ state: "going", name, share }));
    current.current = mine;
    mine.done.then(
      (uploaded) => {
        if (current.current !== mine) return;
        setNow({ state: "done", name, uploaded });
        announce(`${name} is uploaded`);
      },
      (problem: ApiProblem) => current.current === mine && setNow({ state: "failed", name, problem }),
    );
  }
  function stop() {
    const old = current.current;
    current.current = undefined;
    old?.stop();
    setNow({ state: "none" });
  }
  useEffect(() => () => current.current?.stop(), []);
  return { now, begin, stop };
}
