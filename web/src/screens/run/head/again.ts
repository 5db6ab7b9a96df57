// The one control for doing things again: which scopes there are, and which is meant most likely. Pure.

import type { RunDetail } from "../../../data/wire";
import { isOver } from "../../../data/words";

export const SCOPES = ["step", "from", "failed", "all"] as const;
export type Scope = (typeof SCOPES)[number];

export const SCOPE: Record<Scope, [words: string, hint: string]> = {
  failed: ["What failed", "Goes on where it failed; everything that is done is kept."],
  step: ["This step", "Another round of one failed step; the rest stays."],
  from: ["From a step", "A new run that takes over what came before the step, or before one of its turns."],
  all: ["Everything", "A new run of the whole task, with other words or another model if you like."],
};

export interface Again {
  scope: Scope;
  step: string;
  /** With `from`: goes on after this turn; 0: the step begins anew. */
  turn: number;
  task: string;
  model: string;
}

/** Why a scope is not to be had; empty: it is. */
export function whyNot(scope: Scope, { run, steps }: RunDetail): string {
  const failed = steps.some(({ state }) => state === "failed");
  if (scope === "step" && !failed) return "no step has failed";
  if (scope === "failed" && !failed && !["failed", "cancelled"].includes(run.status)) return "nothing has failed";
  if (scope === "failed" && !isOver(run)) return "the run is still going; try the step again";
  if (scope === "from" && !steps.length) return "there is no step yet";
  return "";
}

/** Filled in with what most people want: what failed, else the selected step, else everything. */
export function prefilled(detail: RunDetail, selected: string): Again {
  const { run, steps } = detail;
  const failed = steps.find(({ state }) => state === "failed")?.step;
  const order: Scope[] = isOver(run) ? ["failed", "all"] : ["step", "from", "all"];
  const scope = order.find((one) => !whyNot(one, detail)) ?? "all";
  const known = steps.some(({ step }) => step === selected);
  const step = (scope === "step" ? failed : known ? selected : failed) ?? steps.at(-1)?.step ?? "";
  return { scope, step, turn: 0, task: run.task, model: run.model };
}

/** The steps a scope can be about. */
export function choices(scope: Scope, { steps }: RunDetail): string[] {
  const some = scope === "step" ? steps.filter(({ state }) => state === "failed") : steps.filter(({ state }) => state !== "dropped");
  return some.map(({ step }) => step);
}

/** The fields of the request: only what the scope uses and what was changed. */
export function asRequest({ scope, step, turn, task, model }: Again, { run }: RunDetail) {
  return {
    scope,
    step: scope === "step" || scope === "from" ? step : "",
    turn: scope === "from" ? turn : 0,
    task: scope === "all" && task !== run.task ? task : "",
    model: scope !== "step" && model !== run.model ? model : "",
  };
}
