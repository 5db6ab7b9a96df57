// Changes to a plan, one after the other, each of which can be undone. Pure.

import type { Step } from "./step";

export type Change =
  | { what: "add"; after: number; role: string; taken: ReadonlySet<string> }
  | { what: "remove"; at: number }
  | { what: "move"; at: number; by: 1 | -1 }
  | { what: "set"; at: number; step: Step };

export interface Edit {
  steps: Step[];
  past: Step[][];
  future: Step[][];
}

const KEPT = 200;

export function begin(steps: readonly Step[]): Edit {
  return { steps: [...steps], past: [], future: [] };
}

export function change(edit: Edit, wanted: Change): Edit {
  const steps = apply(edit.steps, wanted);
  if (same(steps, edit.steps)) return edit;
  return { steps, past: [...edit.past, edit.steps].slice(-KEPT), future: [] };
}

export function undo(edit: Edit): Edit {
  const steps = edit.past.at(-1);
  return steps ? { steps, past: edit.past.slice(0, -1), future: [edit.steps, ...edit.future] } : edit;
}

export function redo(edit: Edit): Edit {
  const [steps, ...future] = edit.future;
  return steps ? { steps, past: [...edit.past, edit.steps], future } : edit;
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function apply(steps: readonly Step[], wanted: Change): Step[] {
  switch (wanted.what) {
    case "add":
      return steps.toSpliced(wanted.after + 1, 0, emptyStep(steps, wanted.role, wanted.taken));
    case "remove":
      return removed(steps, wanted.at);
    case "move":
      return moved(steps, wanted.at, wanted.at + wanted.by);
    case "set":
      return renamed(steps, wanted.at, wanted.step);
  }
}

function emptyStep(steps: readonly Step[], role: string, taken: ReadonlySet<string>): Step {
  const accept: Step["accept"] = { check: "no_regression", tests: [] };
  return { id: newName(steps, taken), role, goal: "", needs: [], writes: [], accept, requires: [], pool: "", model: "" };
}

/** What the next step that is added is called. */
export function newName(steps: readonly Step[], taken: ReadonlySet<string>): string {
  const names = new Set([...steps.map(({ id }) => id), ...taken]);
  if (!names.has("step")) return "step";
  for (let number = 2; ; number += 1) if (!names.has(`step-${number}`)) return `step-${number}`;
}

/** Who needed it needs what it needed, so that the order of the rest stays. */
function removed(steps: readonly Step[], at: number): Step[] {
  const gone = steps[at];
  if (!gone) return [...steps];
  return steps.toSpliced(at, 1).map((step) => {
    if (!step.needs.includes(gone.id)) return step;
    const needs = step.needs.flatMap((need) => (need === gone.id ? gone.needs : [need]));
    return { ...step, needs: [...new Set(needs)] };
  });
}

function moved(steps: readonly Step[], from: number, to: number): Step[] {
  const step = steps[from];
  if (!step || to < 0 || to >= steps.length) return [...steps];
  return steps.toSpliced(from, 1).toSpliced(to, 0, step);
}

/** A step with another name is needed by that name. */
function renamed(steps: readonly Step[], at: number, step: Step): Step[] {
  const before = steps[at]?.id;
  const next = steps.with(at, step);
  if (before === undefined || before === step.id) return next;
  return next.map((other) => ({ ...other, needs: other.needs.map((need) => (need === before ? step.id : need)) }));
}
