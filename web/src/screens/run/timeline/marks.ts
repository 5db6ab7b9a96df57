// What the timeline keeps of an event: some fifty bytes instead of some thousand. Pure.

import type { Event } from "../../../data/wire";

type What = "ready" | "started" | "opened" | "answered" | "tested" | "turn" | "waiting" | "left";

export interface Mark {
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  step: string;
  what: What;
  /** 0: whichever attempt is at work. */
  attempt: number;
  turn: number;
  /** Of a test run: how long it took, in milliseconds. */
  took: number;
  /** Of a turn: it did nothing but run tests. */
  tests: boolean;
}

export const MARKED = ["step.", "model.answered", "evidence.recorded"];
const TESTING = ["run_tests", "submit"];
const NONE = { attempt: 0, turn: 0, took: 0, tests: false };

/** null: the event does not show on the timeline. */
export function markOf(event: Event): Mark | null {
  const place = { ...NONE, seq: event.seq, at: Date.parse(event.time), step: event.step };
  switch (event.kind) {
    case "step.ready":
      return { ...place, what: "ready" };
    case "step.started":
      return { ...place, what: "started", attempt: event.attempt };
    case "step.opened":
      return { ...place, what: "opened", attempt: event.attempt };
    case "model.answered":
      return { ...place, what: "answered" };
    case "evidence.recorded":
      return { ...place, what: "tested", took: event.evidence.duration_s * 1000 };
    case "step.turn": {
      const tests = event.results.length > 0 && event.results.every(({ name }) => TESTING.includes(name));
      return { ...place, what: "turn", attempt: event.attempt, turn: event.turn, tests };
    }
    case "step.waiting":
      return { ...place, what: "waiting", attempt: event.attempt };
    case "step.released":
    case "step.done":
    case "step.failed":
      return { ...place, what: "left", attempt: event.attempt };
    default:
      return null;
  }
}

/** Marks in the order of the log, each once, whatever order they come in. */
export function withMarks(marks: readonly Mark[], more: readonly Mark[]): readonly Mark[] {
  if (!more.length) return marks;
  const sorted = more.every((mark, index) => !index || mark.seq > more[index - 1]!.seq);
  if (sorted && more[0]!.seq > (marks.at(-1)?.seq ?? -1)) return [...marks, ...more];
  if (sorted && more.at(-1)!.seq < (marks[0]?.seq ?? Infinity)) return [...more, ...marks];
  const bySeq = new Map([...marks, ...more].map((mark) => [mark.seq, mark]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}
