import { expect, test } from "vitest";
import { emptyView } from "../data/empty";
import type { RunLine } from "../data/wire";
import { Budgets } from "./budgets";

const line = (run: string, usd: number, change: Partial<RunLine> = {}): RunLine => {
  const { run: empty } = emptyView(run).detail;
  return { ...empty, status: "running", spent: { ...empty.spent, known_usd: usd }, ...change };
};

/** Questions that wait to be answered. */
function asking() {
  const open: { run: string; answer(usd: number | null): void; fail(): void }[] = [];
  const ask = (run: string) =>
    new Promise<number | null>((resolve, reject) => open.push({ run, answer: resolve, fail: () => reject(new Error("away")) }));
  return { open, ask };
}
const settled = () => new Promise((resolve) => setTimeout(resolve));

test("limits of runs that spend are asked for once, one after the other, and not before it is time", async () => {
  const { open, ask } = asking();
  let begin = () => {};
  const budgets = new Budgets(ask, new Promise((resolve) => (begin = resolve)));
  const lines = [line("a", 1), line("b", 2), line("idle", 0), line("over", 3, { status: "succeeded" })];
  budgets.learn(lines);
  await settled();
  expect(open).toEqual([]);
  begin();
  await settled();
  expect(open.map(({ run }) => run)).toEqual(["a"]);
  open[0]!.answer(10);
  budgets.learn(lines);
  await settled();
  expect(open.map(({ run }) => run)).toEqual(["a", "b"]);
  open[1]!.answer(null);
  await settled();
  expect([...budgets.known]).toEqual([["a", 10]]);
});

test("a question that went wrong is asked again, and holds up no other one", async () => {
  const { open, ask } = asking();
  const budgets = new Budgets(ask, Promise.resolve());
  budgets.learn([line("a", 1), line("b", 1)]);
  await settled();
  open[0]!.fail();
  await settled();
  open[1]!.answer(5);
  budgets.learn([line("a", 2)]);
  await settled();
  open[2]!.answer(7);
  await settled();
  expect([...budgets.known]).toEqual([
    ["b", 5],
    ["a", 7],
  ]);
});
