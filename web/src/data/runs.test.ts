import { expect, test } from "vitest";
import { emptyView } from "./empty";
import { merge, tally } from "./runs";
import type { RunLine } from "./wire";

function line(run: string, submitted_at: string, status: RunLine["status"] = "running"): RunLine {
  return { ...emptyView(run).detail.run, submitted_at, status };
}

test("a new run comes first and a changed one keeps its place", () => {
  const runs = merge([], [line("a", "1"), line("b", "2")]);
  const after = merge(runs, [line("c", "3"), line("a", "1", "failed")]);
  expect(after.map(({ run, status }) => [run, status])).toEqual([
    ["c", "running"],
    ["b", "running"],
    ["a", "failed"],
  ]);
});

test("runs are counted by status", () => {
  expect(tally([line("a", "1"), line("b", "2"), line("c", "3", "failed")])).toEqual([
    ["running", 2],
    ["failed", 1],
  ]);
});
