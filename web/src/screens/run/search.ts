// What the address of a run says: which view, what is selected, which filters. Pure.

import { flag, oneOf, text, whole, type Raw } from "../../app/params";
import type { Filters } from "./log/filters";

export const VIEWS = ["plan", "timeline", "log"] as const;
export type View = (typeof VIEWS)[number];

export interface RunSearch {
  view?: View;
  /** What is selected. */
  step?: string;
  attempt?: number;
  turn?: number;
  /** Sequence of one event. */
  event?: number;
  /** Filters of the log. */
  kinds?: string;
  only?: string;
  text?: string;
  errors?: boolean;
}

/** Whatever stands in an address; what makes no sense is left out. */
export function runSearch(raw: Raw): RunSearch {
  return {
    view: oneOf(raw, "view", VIEWS),
    step: text(raw, "step"),
    attempt: count(raw, "attempt"),
    turn: count(raw, "turn"),
    event: count(raw, "event"),
    kinds: text(raw, "kinds"),
    only: text(raw, "only"),
    text: text(raw, "text"),
    errors: flag(raw, "errors"),
  };
}

function count(raw: Raw, name: string): number | undefined {
  const number = whole(raw, name);
  return number && number > 0 ? number : undefined;
}

export function filtersOf({ kinds, only, text, errors }: RunSearch): Filters {
  return { kinds: kinds?.split(",").filter(Boolean) ?? [], step: only ?? "", text: text ?? "", errors: !!errors };
}

export function withFilters(filters: Filters): Pick<RunSearch, "kinds" | "only" | "text" | "errors"> {
  const { kinds, step, text, errors } = filters;
  return { kinds: kinds.join(",") || undefined, only: step || undefined, text: text || undefined, errors: errors || undefined };
}
