import { text, type Raw } from "../../app/params";

export interface PlanSearch {
  step?: string;
}

export function planSearch(raw: Raw): PlanSearch {
  return { step: text(raw, "step") };
}
