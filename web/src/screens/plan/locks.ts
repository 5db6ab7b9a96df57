// Which steps of a plan are settled by what has happened already, and why. Pure. The rules are those of the fleet
// (workers/core/asks.py, too_late).

import type { StepLine } from "../../data/wire";
import type { Step } from "./step";

export interface Lock {
  /** Why it cannot be edited, for a person. */
  why: string;
  /** It can still be taken out. */
  removable: boolean;
}

export function lockOf(line: StepLine | undefined): Lock | null {
  if (!line || line.state === "pending" || line.state === "dropped") return null;
  if (line.state === "done") return { why: "Done: what it handed over is part of the run.", removable: false };
  if (line.state === "failed") return { why: "Failed: take it out and add another one, or retry it.", removable: true };
  if (line.state === "cancelled") return { why: "Cancelled.", removable: true };
  return { why: "Started: it can be taken out, but not changed.", removable: true };
}

export function locksOf(lines: readonly StepLine[]): Map<string, Lock> {
  const found = new Map<string, Lock>();
  for (const line of lines) {
    const lock = lockOf(line);
    if (lock) found.set(line.step, lock);
  }
  return found;
}

/** Names that steps had which are in the plan no more: a name is used once in a run. */
export function takenNames(lines: readonly StepLine[], plan: readonly Step[]): Set<string> {
  const planned = new Set(plan.map(({ id }) => id));
  return new Set(lines.filter(({ step, attempt }) => attempt > 0 && !planned.has(step)).map(({ step }) => step));
}
