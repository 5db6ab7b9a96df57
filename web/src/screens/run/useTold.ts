import { useEffect, useRef } from "react";
import { announce } from "../../app/announce";
import type { RunDetail } from "../../data/wire";
import { STATUS } from "../../data/words";
import { news, type Told } from "./told";

/** Tells those who listen what changed, in short sentences. */
export function useTold(detail: RunDetail): void {
  const before = useRef<Told | null>(null);
  useEffect(() => {
    const { told, text } = news(before.current, detail, STATUS[detail.run.status]);
    before.current = told;
    if (text) announce(text);
  }, [detail]);
}
