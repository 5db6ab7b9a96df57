import { flag, oneOf, text, type Raw } from "../../app/params";

export interface ReviewSearch {
  /** The names of two checkpoints; without them, what the run was given and the newest. */
  from?: string;
  to?: string;
  /** Without `from` and `to`: what this step changed. */
  step?: string;
  layout?: "split";
  wrap?: boolean;
  /** Of the list of files. */
  q?: string;
  status?: string;
}

export function reviewSearch(raw: Raw): ReviewSearch {
  return {
    from: text(raw, "from"),
    to: text(raw, "to"),
    step: text(raw, "step"),
    layout: oneOf(raw, "layout", ["split"]),
    wrap: flag(raw, "wrap"),
    q: text(raw, "q"),
    status: text(raw, "status"),
  };
}

/** The two states that are compared. */
export function statesOf({ from, to, step }: ReviewSearch): { from: string; to: string } {
  return { from: from ?? (step ? `start:${step}` : "base"), to: to ?? (step ? `step:${step}` : "newest") };
}
