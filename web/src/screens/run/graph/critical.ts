// The chain of steps that decided, or will decide, how long the run takes. Pure.

import type { StepLine } from "../../../data/wire";
import { workedMs } from "../step/worked";

/** The steps of the longest chain; none when the plan has no chain to speak of. */
export function criticalPath(steps: readonly StepLine[], now: number): ReadonlySet<string> {
  const planned = steps.filter(({ state }) => state !== "dropped");
  const byId = new Map(planned.map((step) => [step.step, step]));
  const best = new Map<string, { length: number; before: string }>();
  function lengthOf(id: string, above: readonly string[]): number {
    const step = byId.get(id);
    if (!step || above.includes(id)) return 0; // not in the plan, or a circle
    const held = best.get(id);
    if (held) return held.length;
    let longest = { length: 0, before: "" };
    for (const need of step.needs) {
      const length = lengthOf(need, [...above, id]);
      if (length > longest.length) longest = { length, before: need };
    }
    // A step that has not begun counts for a moment, so that the longer of two chains of such steps leads.
    const own = Math.max(workedMs(step, now), 1);
    best.set(id, { length: longest.length + own, before: longest.before });
    return longest.length + own;
  }
  for (const { step } of planned) lengthOf(step, []);
  const path: string[] = [];
  const lengths = [...best.entries()].sort(([, a], [, b]) => b.length - a.length);
  for (let at = lengths[0]?.[0] ?? ""; at; at = best.get(at)?.before ?? "") path.push(at);
  return new Set(path.length > 1 ? path : []);
}
