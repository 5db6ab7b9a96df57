import { expect, test } from "vitest";
import { newStep } from "../../data/empty";
import type { StepLine } from "../../data/wire";
import type { Step } from "./step";
import { begin, change, redo, undo, type Change, type Edit } from "./edit";
import { lockOf, takenNames } from "./locks";
import { circleOf, problemsOf } from "./problems";
import { planDiff, rebase } from "./revisions";

const ROLES = ["coder", "tester"];

test("a sound plan has no problems", () => {
  expect(problemsOf([spec("a"), spec("b", { needs: ["a"] })], ROLES)).toEqual([]);
});

test.each([
  ["id", { id: "Not a name" }],
  ["id", { id: "a" }],
  ["goal", { goal: "  " }],
  ["goal", { goal: "x".repeat(20_001) }],
  ["role", { role: "planner" }],
  ["role", { role: "poet" }],
  ["needs", { needs: ["nowhere"] }],
  ["needs", { needs: ["b"] }],
  ["accept", { accept: { check: "targets", tests: [] } }],
  ["writes", { writes: Array.from({ length: 1001 }, () => "x") }],
  ["requires", { requires: ["GPU!"] }],
  ["requires", { requires: Array.from({ length: 9 }, () => "gpu") }],
] as const)("says at its %s what is wrong", (field, wrong) => {
  const found = problemsOf([spec("a"), spec("b", wrong as Partial<Step>)], ROLES);
  expect(found.map(({ field }) => field)).toContain(field);
  expect(found.every(({ text }) => text.length > 5)).toBe(true);
});

test("a plan without steps and one with too many", () => {
  expect(problemsOf([], ROLES)[0]?.at).toBe(-1);
  expect(problemsOf(Array.from({ length: 101 }, (_, n) => spec(`s${n}`)), ROLES)[0]?.at).toBe(-1);
});

test("steps that are settled are not judged again", () => {
  const steps = [spec("main", { role: "gone" }), spec("b", { needs: ["main"] })];
  expect(problemsOf(steps, ROLES, new Set([0]))).toEqual([]);
  expect(problemsOf(steps, ROLES)).toHaveLength(1);
});

test("a name that another step had is not used again", () => {
  expect(problemsOf([spec("a"), spec("b")], ROLES, new Set(), new Set(["b"])).map(({ at, field }) => [at, field])).toEqual([[1, "id"]]);
});

test("needs that only point back are never a circle, and one that closes a ring always is", () => {
  const draw = random(7);
  for (let round = 0; round < 300; round += 1) {
    const steps = Array.from({ length: 2 + draw(8) }, (_, at) => spec(`s${at}`, { needs: at ? [`s${draw(at)}`] : [] }));
    expect(circleOf(shuffled(steps, draw))).toBeNull();
    const last = steps.at(-1) as Step;
    const ring = steps.with(0, { ...(steps[0] as Step), needs: [last.id] });
    const chain = ring.map((step, at) => (at ? { ...step, needs: [`s${at - 1}`] } : step));
    const circle = circleOf(shuffled(chain, draw));
    expect(circle?.[0]).toBe(circle?.at(-1));
    expect(new Set(circle).size).toBe(chain.length);
  }
});

test("whatever was done can be undone and done again", () => {
  const draw = random(11);
  for (let round = 0; round < 100; round += 1) {
    const start = begin([spec("a"), spec("b", { needs: ["a"] }), spec("c", { needs: ["b"] })]);
    const seen: Edit[] = [start];
    for (let n = 0; n < 12; n += 1) seen.push(change(seen.at(-1) as Edit, randomChange(seen.at(-1) as Edit, draw)));
    let edit = seen.at(-1) as Edit;
    const end = edit.steps;
    while (edit.past.length) edit = undo(edit);
    expect(edit.steps).toEqual(start.steps);
    while (edit.future.length) edit = redo(edit);
    expect(edit.steps).toEqual(end);
  }
});

test("no change makes a need of a step that is not there", () => {
  const draw = random(13);
  for (let round = 0; round < 200; round += 1) {
    let edit = begin([spec("a"), spec("b", { needs: ["a"] }), spec("c", { needs: ["a", "b"] })]);
    for (let n = 0; n < 10; n += 1) edit = change(edit, randomChange(edit, draw));
    const found = problemsOf(edit.steps, ROLES).filter(({ text }) => text.includes("is not in the plan"));
    expect(found).toEqual([]);
  }
});

test("who needed a step that is taken out needs what it needed", () => {
  const { steps } = change(begin([spec("a"), spec("b", { needs: ["a"] }), spec("c", { needs: ["b", "a"] })]), { what: "remove", at: 1 });
  expect(steps.map(({ id, needs }) => [id, needs])).toEqual([["a", []], ["c", ["a"]]]);
});

test("a new step gets a name nobody has or had", () => {
  const { steps } = change(begin([spec("step")]), { what: "add", after: 0, role: "coder", taken: new Set(["step-2"]) });
  expect(steps[1]?.id).toBe("step-3");
});

test("what has begun is locked, and says why", () => {
  expect(lockOf(line("a", "pending"))).toBeNull();
  expect(lockOf(undefined)).toBeNull();
  expect(lockOf(line("a", "running"))?.removable).toBe(true);
  expect(lockOf(line("a", "done"))?.removable).toBe(false);
  expect([...takenNames([line("gone", "dropped", 1), line("never", "dropped", 0), line("a", "done", 1)], [spec("a")])]).toEqual(["gone"]);
});

test("says what differs between revisions", () => {
  const found = planDiff([spec("a"), spec("b"), spec("c")], [spec("c"), spec("a", { role: "tester", needs: ["c"] }), spec("d")]);
  expect(found.reordered).toBe(true);
  expect(found.steps).toEqual([
    { id: "b", what: "removed", fields: [] },
    { id: "a", what: "changed", fields: [{ field: "role", before: "coder", after: "tester" }, { field: "needs", before: "", after: "c" }] },
    { id: "d", what: "added", fields: [] },
  ]);
  expect(planDiff([spec("a")], [spec("a")])).toEqual({ steps: [], reordered: false });
});

test("an edit that touched nothing of what changed is carried over whole", () => {
  const base = [spec("a"), spec("b")];
  const { steps, conflicts } = rebase(base, [spec("a"), spec("b", { goal: "mine" }), spec("n")], [spec("a", { goal: "theirs" }), spec("b"), spec("t")], new Set());
  expect(conflicts).toEqual([]);
  expect(steps.map(({ id, goal }) => `${id} ${goal}`)).toEqual(["a theirs", "b mine", "n do n", "t do t"]);
});

test("rebasing: nothing changed meanwhile gives mine, no edit gives theirs", () => {
  const draw = random(17);
  for (let round = 0; round < 100; round += 1) {
    let edit = begin([spec("a"), spec("b"), spec("c")]);
    for (let n = 0; n < 5; n += 1) edit = change(edit, randomChange(edit, draw));
    const base = [spec("a"), spec("b"), spec("c")];
    expect(rebase(base, edit.steps, base, new Set()).steps).toEqual(edit.steps);
    const theirs = rebase(base, base, edit.steps, new Set()).steps;
    expect(planDiff(edit.steps, theirs).steps).toEqual([]);
  }
});

test("says where both changed, and keeps what has started as it is", () => {
  const base = [spec("a"), spec("b"), spec("c"), spec("d")];
  const mine = [spec("a", { goal: "mine" }), spec("b", { goal: "mine" }), spec("c", { goal: "mine" })];
  const theirs = [spec("a", { goal: "theirs" }), spec("b"), spec("d", { goal: "theirs" })];
  const { steps, conflicts } = rebase(base, mine, theirs, new Set(["b"]));
  expect(steps.map(({ id, goal }) => `${id} ${goal}`)).toEqual(["a mine", "b do b", "d theirs"]);
  expect(conflicts.map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
});

function spec(id: string, more: Partial<Step> = {}): Step {
  const rest = { needs: [], writes: [], accept: { check: "no_regression" as const, tests: [] }, requires: [], pool: "", model: "" };
  return { id, role: "coder", goal: `do ${id}`, ...rest, ...more };
}

function line(name: string, state: StepLine["state"], attempt = 0): StepLine {
  return { ...newStep(name), state, attempt };
}

function random(seed: number): (most: number) => number {
  let state = seed;
  return (most) => (state = (state * 48271) % 2147483647) % most;
}

function shuffled<Item>(items: readonly Item[], draw: (most: number) => number): Item[] {
  const keyed = items.map((item) => [draw(1_000_000), item] as const);
  return keyed.sort(([one], [other]) => one - other).map(([, item]) => item);
}

function randomChange(edit: Edit, draw: (most: number) => number): Change {
  const at = draw(Math.max(edit.steps.length, 1));
  const step = edit.steps[at];
  const kind = draw(4);
  if (kind === 0 || !step) return { what: "add", after: at, role: "coder", taken: new Set() };
  if (kind === 1) return { what: "remove", at };
  if (kind === 2) return { what: "move", at, by: draw(2) ? 1 : -1 };
  return { what: "set", at, step: { ...step, id: `${step.id.slice(0, 20)}${draw(99)}`, goal: `${draw(99)}` } };
}
