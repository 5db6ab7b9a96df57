import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { announce } from "../../app/announce";
import type { DeadDone } from "../../data/wire";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { useDeadWork, type Verb } from "./data";

interface Props {
  verb: Verb;
  letters: number[];
  onClose(done: boolean): void;
}

const OUTCOME: Record<DeadDone["outcome"], string> = {
  done: "Done",
  would: "Would",
  skipped: "Stays",
  gone: "Gone already",
};

/** Says what would happen to which letters, then does it. */
export function WorkDialog({ verb, letters, onClose }: Props) {
  const trial = useDeadWork(verb);
  const work = useDeadWork(verb);
  const { mutate } = trial;
  useEffect(() => mutate({ letters, dry_run: true }), [mutate, letters.join(",")]);
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (work.isSuccess) close.current?.focus(); // the button that was pressed is gone
  }, [work.isSuccess]);
  const shown = work.data ?? trial.data;
  const able = trial.data?.results.filter((result) => result.outcome === "would").length ?? 0;
  const words = verb === "replay" ? "Replay" : "Drop";
  return (
    <Dialog title={`${words} ${plural(letters.length, "letter")}`} open onClose={() => onClose(work.isSuccess)}>
      <div className="stack">
        {trial.isPending && <Skeleton lines={3} label="Looking what would happen" />}
        <Problem problem={work.error ?? trial.error} />
        {shown && <Results results={shown.results} />}
        <div className="row-of">
          {!work.isSuccess && (
            <Button
              kind={verb === "drop" ? "danger" : "main"}
              busy={work.isPending}
              disabled={!able}
              onClick={() =>
                work.mutate(
                  { letters, dry_run: false },
                  { onSuccess: () => announce(`${plural(able, "letter")} ${verb === "drop" ? "dropped" : "replayed"}`) },
                )
              }
            >
              {words} {able}
            </Button>
          )}
          <Button ref={close} onClick={() => onClose(work.isSuccess)}>{work.isSuccess ? "Close" : "Leave them"}</Button>
        </div>
      </div>
    </Dialog>
  );
}

function Results({ results }: { results: readonly DeadDone[] }) {
  return (
    <ul className="dead-results">
      {results.map((result) => (
        <li key={result.seq}>
          <b>
            {result.seq}: {OUTCOME[result.outcome]}
          </b>{" "}
          {result.what}{" "}
          {result.run && (
            <Link to="/runs/$run" params={{ run: result.run }}>
              {result.run}
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}
