import { text, whole, type Raw } from "../../app/params";

export interface PlanSearch {
  /** The step whose parts are shown. */
  step?: string;
  /** Two revisions to compare; 0: what is being edited. */
  from?: number;
  to?: number;
}

export function planSearch(raw: Raw): PlanSearch {
  return { step: text(raw, "step"), from: whole(raw, "from"), to: whole(raw, "to") };
}
