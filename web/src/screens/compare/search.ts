import { text, type Raw } from "../../app/params";

export interface CompareSearch {
  /** Ids of runs, separated by commas. */
  runs?: string;
  step?: string;
}

export function compareSearch(raw: Raw): CompareSearch {
  return { runs: text(raw, "runs"), step: text(raw, "step") };
}
