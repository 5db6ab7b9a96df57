// What is wrong with a plan, said where it is wrong, as soon as it is typed. Pure. The rules are those of the fleet
// (workers/core/plan.py), which has the last word.

import type { Step } from "./step";

export type Field = keyof Step;

export interface PlanProblem {
  /** The step's place in the plan; -1: the plan as a whole. */
  at: number;
  field: Field | "";
  text: string;
}

const PLANNER = "planner";
const MOST_STEPS = 100;
const MOST_CHARS = 20_000;
const MOST_NAMES = 1000;
const MOST_REQUIRES = 8;
const TOKEN = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const CAPABILITY = /^[a-z0-9_]{1,32}$/;

const NONE: ReadonlySet<never> = new Set();

/** `fixed`: places of steps that are in the run as they stand; they are not judged, but may be needed. `taken`: names that
 * steps had which are in the plan no more. */
export function problemsOf(
  steps: readonly Step[],
  roles: readonly string[],
  fixed: ReadonlySet<number> = NONE,
  taken: ReadonlySet<string> = NONE,
): PlanProblem[] {
  if (!steps.length) return [{ at: -1, field: "", text: "The plan has no steps." }];
  if (steps.length > MOST_STEPS) return [{ at: -1, field: "", text: `The plan has ${steps.length} steps; ${MOST_STEPS} are the most.` }];
  const ids = steps.map(({ id }) => id);
  const found = steps.flatMap((step, at) => (fixed.has(at) ? [] : stepProblems(step, at, ids, roles)));
  steps.forEach(({ id }, at) => taken.has(id) && found.push({ at, field: "id", text: `A step called ${id} has been in this run: use another name.` }));
  return found.length ? found : circle(steps);
}

function stepProblems(step: Step, at: number, ids: readonly string[], roles: readonly string[]): PlanProblem[] {
  const found: PlanProblem[] = [];
  const say = (field: Field, text: string, wrong: boolean) => wrong && found.push({ at, field, text });
  say("id", "Use lower-case letters, digits, - and _, at most 64.", !TOKEN.test(step.id));
  say("id", `Several steps are called ${step.id}.`, ids.filter((id) => id === step.id).length > 1);
  say("goal", "A step needs a goal.", !step.goal.trim());
  say("goal", `${step.goal.length} characters; ${MOST_CHARS} are the most.`, step.goal.length > MOST_CHARS);
  say("role", "It would plan again; give it to another role.", step.role === PLANNER);
  say("role", `No worker takes the role ${step.role || "(none)"}.`, step.role !== PLANNER && !roles.includes(step.role));
  for (const need of step.needs) say("needs", `${need} is not in the plan.`, !ids.includes(need));
  say("needs", "A step cannot need itself.", step.needs.includes(step.id));
  say("accept", "Name the tests that must pass.", step.accept.check === "targets" && !step.accept.tests.length);
  for (const [field, names] of [["needs", step.needs], ["writes", step.writes], ["accept", step.accept.tests]] as const)
    say(field, `${names.length} names; ${MOST_NAMES} are the most.`, names.length > MOST_NAMES);
  say("requires", `${step.requires.length} things; ${MOST_REQUIRES} are the most.`, step.requires.length > MOST_REQUIRES);
  say("requires", "Use lower-case letters, digits and _, at most 32.", !step.requires.every((text) => CAPABILITY.test(text)));
  return found;
}

function circle(steps: readonly Step[]): PlanProblem[] {
  const names = circleOf(steps);
  if (!names) return [];
  const at = steps.findIndex(({ id }) => id === names[0]);
  return [{ at, field: "needs", text: `Steps need each other in a circle: ${names.join(" → ")}.` }];
}

/** The ids along a circle, the first one again at its end; null when there is none. */
export function circleOf(steps: readonly Pick<Step, "id" | "needs">[]): string[] | null {
  const needs = new Map(steps.map((step) => [step.id, step.needs]));
  const settled = new Set<string>();
  for (const { id } of steps) {
    const found = follow(id, needs, settled, []);
    if (found) return found;
  }
  return null;
}

function follow(id: string, needs: ReadonlyMap<string, readonly string[]>, settled: Set<string>, way: string[]): string[] | null {
  if (settled.has(id)) return null;
  if (way.includes(id)) return [...way.slice(way.indexOf(id)), id];
  for (const need of needs.get(id) ?? []) {
    const found = follow(need, needs, settled, [...way, id]);
    if (found) return found;
  }
  settled.add(id);
  return null;
}
