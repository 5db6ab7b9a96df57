import { text, type Raw } from "../../app/params";

export interface CompareSearch {
  /** What stands side by side: `RUN`, `RUN:STEP` or `RUN:STEP:ATTEMPT`. */
  a?: string;
  b?: string;
  c?: string;
  d?: string;
  /** Ids of runs, separated by commas, instead of the letters. */
  runs?: string;
  /** The step whose attempts are compared. */
  step?: string;
  /** The file whose changes are shown. */
  path?: string;
}

export function compareSearch(raw: Raw): CompareSearch {
  return {
    a: text(raw, "a"),
    b: text(raw, "b"),
    c: text(raw, "c"),
    d: text(raw, "d"),
    runs: text(raw, "runs"),
    step: text(raw, "step"),
    path: text(raw, "path"),
  };
}
