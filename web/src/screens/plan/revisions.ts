// What differs between two plans, and an edit of one carried over to a newer one. Pure.

import type { Step } from "./step";
import { same } from "./edit";

export interface StepDiff {
  id: string;
  what: "added" | "removed" | "changed";
  /** Of a changed step: what differs. */
  fields: { field: keyof Step; before: string; after: string }[];
}

export interface PlanDiff {
  steps: StepDiff[];
  /** The same steps in another order. */
  reordered: boolean;
}

const FIELDS: readonly (keyof Step)[] = ["role", "goal", "needs", "writes", "accept", "requires", "pool", "model"];

export function planDiff(before: readonly Step[], after: readonly Step[]): PlanDiff {
  const old = byId(before);
  const fresh = byId(after);
  const gone = before.filter(({ id }) => !fresh.has(id)).map((step) => ({ id: step.id, what: "removed" as const, fields: [] }));
  const rest = after.flatMap((step): StepDiff[] => {
    const was = old.get(step.id);
    if (!was) return [{ id: step.id, what: "added", fields: [] }];
    const fields = FIELDS.filter((field) => !same(was[field], step[field]));
    return fields.length ? [{ id: step.id, what: "changed", fields: fields.map((field) => difference(was, step, field)) }] : [];
  });
  const common = (steps: readonly Step[]) => steps.map(({ id }) => id).filter((id) => old.has(id) && fresh.has(id));
  return { steps: [...gone, ...rest], reordered: !same(common(before), common(after)) };
}

function difference(before: Step, after: Step, field: keyof Step): StepDiff["fields"][number] {
  return { field, before: fieldWords(before, field), after: fieldWords(after, field) };
}

export const CHECK_WORDS: Record<Step["accept"]["check"], string> = {
  suite: "every test passes",
  targets: "the named tests pass",
  no_regression: "no test breaks",
  none: "hands over no code",
};

function fieldWords(step: Step, field: keyof Step): string {
  const value = step[field];
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(", ");
  const { check, tests } = step.accept;
  return [CHECK_WORDS[check], ...tests].join(", ");
}

export interface Rebased {
  steps: Step[];
  /** What both changed: the edit's version is kept where it can be, and this says so. */
  conflicts: { id: string; text: string }[];
}

/** The edit from `base` to `mine`, done to `theirs`. Steps in `locked` are as they are. */
export function rebase(base: readonly Step[], mine: readonly Step[], theirs: readonly Step[], locked: ReadonlySet<string>): Rebased {
  const [was, ours, now] = [byId(base), byId(mine), byId(theirs)];
  const conflicts: Rebased["conflicts"] = [];
  const steps: Step[] = [];
  for (const step of mine) {
    const kept = merged(was.get(step.id), step, now.get(step.id), locked, conflicts);
    if (kept) steps.push(kept);
  }
  for (const step of theirs) {
    if (ours.has(step.id)) continue;
    const removedHere = was.has(step.id);
    const changed = removedHere && !same(was.get(step.id), step);
    if (changed) conflicts.push({ id: step.id, text: "You took it out, and it has changed since: it is back." });
    if (!removedHere || changed) steps.push(step);
  }
  return { steps, conflicts };
}

function merged(
  was: Step | undefined,
  mine: Step,
  theirs: Step | undefined,
  locked: ReadonlySet<string>,
  conflicts: Rebased["conflicts"],
): Step | null {
  const untouched = was !== undefined && same(was, mine);
  if (!was) {
    if (theirs && !same(theirs, mine)) conflicts.push({ id: mine.id, text: "A step of this name was added meanwhile: rename yours." });
    return mine;
  }
  if (!theirs) {
    if (!untouched) conflicts.push({ id: mine.id, text: "It was taken out meanwhile: your changes to it are dropped." });
    return null;
  }
  if (untouched || same(mine, theirs)) return theirs;
  if (locked.has(mine.id)) {
    conflicts.push({ id: mine.id, text: "It has started meanwhile: your changes to it are dropped." });
    return theirs;
  }
  if (!same(was, theirs)) conflicts.push({ id: mine.id, text: "Both changed it: yours is kept." });
  return mine;
}

function byId(steps: readonly Step[]): Map<string, Step> {
  return new Map(steps.map((step) => [step.id, step]));
}
