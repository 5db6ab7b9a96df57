// How long a step has been worked on. Pure.

import type { StepLine } from "../../../data/wire";

/** All attempts together, in milliseconds; waiting for a person or a place does not count. */
export function workedMs(step: StepLine, now: number): number {
  return step.attempts.reduce((sum, { started_at, ended_at }) => {
    const from = Date.parse(started_at);
    const to = ended_at ? Date.parse(ended_at) : now;
    return sum + Math.max(0, to - from);
  }, 0);
}
