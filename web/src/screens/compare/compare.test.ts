import { expect, test } from "vitest";
import { emptyView, newStep } from "../../data/empty";
import type { AttemptLine, Checkpoints, RunDetail, TurnLine } from "../../data/wire";
import { asSearch, attemptsOf, best, figuresOf, parseSide, sidesOf, sideText, turnToGoOn } from "./sides";

test("an address names the sides, and the sides the address", () => {
  for (const text of ["r1", "r1:fix", "r1:fix:2"]) expect(sideText(parseSide(text))).toBe(text);
  expect(parseSide("r1:fix:-3")).toEqual({ run: "r1", step: "fix", attempt: 0 });
  const sides = sidesOf({ a: "r1", b: "r2:fix", d: "r3:fix:2" });
  expect(sides.map(sideText)).toEqual(["r1", "r2:fix", "r3:fix:2"]);
  expect(sidesOf(asSearch(sides))).toEqual(sides);
  expect(sidesOf({ runs: "a,b,,c,d,e" })).toHaveLength(4);
  expect(sidesOf({ runs: "a,a,b" }).map(sideText)).toEqual(["a", "b"]);
  expect(sidesOf({})).toEqual([]);
});

test("says what a run, a step and an attempt came to", () => {
  const detail = run();
  expect(figuresOf(parseSide("r"), detail, POINTS, TURNS)).toMatchObject({ status: "succeeded", tone: "good", seconds: 60, from: "base", to: "newest" });
  expect(figuresOf(parseSide("r:fix"), detail, POINTS, TURNS)).toMatchObject({ status: "done", seconds: 40, to: "step:fix" });
  const first = figuresOf(parseSide("r:fix:1"), detail, POINTS, TURNS);
  expect(first).toMatchObject({ status: "lost", tone: "bad", turns: 1, seconds: 10, to: "turn:fix:1", summary: "" });
  expect(first?.spent).toMatchObject({ cost_usd: 0.5, input_tokens: 10 });
  expect(figuresOf(parseSide("r:fix:2"), detail, POINTS, TURNS)?.spent).toMatchObject({ cost_usd: null, unpriced: 1 });
  expect(figuresOf(parseSide("r:fix:9"), detail, POINTS, TURNS)).toBeNull();
  expect(figuresOf(parseSide("r:nowhere"), detail, POINTS, TURNS)).toBeNull();
});

test("what goes on has no duration yet", () => {
  const detail = { ...run(), run: { ...run().run, finished_at: "" } };
  expect(figuresOf(parseSide("r"), detail, POINTS, TURNS)?.seconds).toBeNull();
});

test("a new run goes on after what was done, and before it was handed in", () => {
  expect(turnToGoOn({ to: "turn:fix:7", status: "lost" })).toBe(7);
  expect(turnToGoOn({ to: "turn:fix:7", status: "done" })).toBe(6);
  expect(turnToGoOn({ to: "step:fix", status: "done" })).toBe(0);
});

test("the best are marked only where there is a difference", () => {
  expect([...best([3, 1, 2])]).toEqual([1]);
  expect([...best([3, 1, 3], true)]).toEqual([0, 2]);
  expect(best([1, 1]).size).toBe(0);
  expect(best([1, null]).size).toBe(0);
});

test("offers the attempts of the step that had several", () => {
  expect(attemptsOf(run(), "").map(sideText)).toEqual(["r:fix:1", "r:fix:2"]);
  expect(attemptsOf(run(), "docs").map(sideText)).toEqual(["r:docs:1"]);
});

const POINTS = {
  checkpoints: [
    { name: "start:fix", kind: "start", step: "fix", attempt: 1 },
    { name: "turn:fix:1", kind: "turn", step: "fix", attempt: 1 },
    { name: "turn:fix:2", kind: "turn", step: "fix", attempt: 2 },
  ],
} as Checkpoints;

const TURNS = [turn(1, 0.5), turn(2, null)];

function turn(attempt: number, cost_usd: number | null): TurnLine {
  return { step: "fix", attempt, turn: attempt, cost_usd, input_tokens: 10, output_tokens: 1, cached_tokens: 0 } as TurnLine;
}

function run(): RunDetail {
  const { detail } = emptyView("r");
  const line = { ...detail.run, status: "succeeded" as const, submitted_at: at(0), finished_at: at(60) };
  const fix = { ...newStep("fix"), state: "done" as const, attempt: 2, ended_at: at(45), attempts: [attempt(1, "lost", 5, 15), attempt(2, "done", 15, 45)] };
  const docs = { ...newStep("docs"), attempts: [attempt(1, "done", 45, 50)] };
  return { ...detail, run: line, steps: [docs, fix] };
}

function attempt(number: number, outcome: AttemptLine["outcome"], from: number, to: number): AttemptLine {
  return { attempt: number, outcome, round: 1, worker: "", started_at: at(from), ended_at: at(to) } as AttemptLine;
}

function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
}
