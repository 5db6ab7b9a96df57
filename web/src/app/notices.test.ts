import { expect, test } from "vitest";
import { emptyView } from "../data/empty";
import type { OpenQuestion, RunLine } from "../data/wire";
import { noticesOf, type Look } from "./notices";

const line = (run: string, change: Partial<RunLine> = {}): RunLine => ({
  ...emptyView(run).detail.run,
  task: `task of ${run}`,
  submitted_at: `2026-01-01T00:00:0${run.length}Z`,
  ...change,
});
const question = (id: string): OpenQuestion => ({
  run: "a",
  step: "main",
  question: { id, kind: "approval", text: "May it?", tool: "bash", arguments: "", risks: [] },
  since: "",
  task: "task of a",
});
const look = (runs: readonly RunLine[], inbox: readonly OpenQuestion[] = []): Look => ({ runs, inbox });
const kinds = (before: Look, now: Look, budgets = new Map<string, number>()) =>
  noticesOf(before, now, budgets).map(({ kind, run }) => [kind, run]);

test("each end and each question is told once", () => {
  const before = look([line("a", { status: "running" }), line("aa", { status: "running" })]);
  const after = look([line("a", { status: "failed" }), line("aa", { status: "succeeded" })], [question("q1")]);
  expect(kinds(before, after)).toEqual([
    ["needs", "a"],
    ["failed", "a"],
    ["done", "aa"],
  ]);
  expect(kinds(after, after)).toEqual([]);
  expect(kinds(after, look(after.runs, [question("q1"), question("q2")]))).toEqual([["needs", "a"]]);
});

test("a short run that came and went between two looks is told, an old one that comes into view is not", () => {
  const before = look([line("aa")]);
  expect(kinds(before, look([line("aa"), line("aaa", { status: "failed" })]))).toEqual([["failed", "aaa"]]);
  expect(kinds(before, look([line("aa"), line("a", { status: "failed" })]))).toEqual([]);
});

test("a run that somebody cancelled is no news", () => {
  expect(kinds(look([line("a")]), look([line("a", { status: "cancelled" })]))).toEqual([]);
});

test("spending is told where it passes four fifths of the limit", () => {
  const spent = (usd: number) => line("a", { status: "running", spent: { ...line("a").spent, known_usd: usd } });
  const budgets = new Map([["a", 10]]);
  expect(kinds(look([spent(7)]), look([spent(8)]), budgets)).toEqual([["budget", "a"]]);
  expect(kinds(look([spent(8)]), look([spent(9)]), budgets)).toEqual([]);
  expect(kinds(look([spent(7)]), look([spent(8)]))).toEqual([]);
});
