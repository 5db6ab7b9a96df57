import { expect, test } from "vitest";
import { newStep } from "../../data/empty";
import type { BlameRange, Checkpoints, RunDetail, StepLine } from "../../data/wire";
import type { Draft } from "./drafts";
import { buildsOn, sendingOf, turnBefore, writerOf } from "./targets";

const DRAFT: Draft = { id: "d", at: { path: "a", side: "new", first: 1, last: 1 }, text: "why?", quote: [], from: "base", to: "newest" };
const WROTE_A = new Map([["d", "a"]]);

test("a comment goes to the step that wrote the line", () => {
  const sending = sendingOf([DRAFT], run([step("a", "running"), step("b", "running")]), WROTE_A);
  expect(sending.messages).toEqual([{ step: "a", why: "it wrote the line", drafts: [DRAFT] }]);
});

test("when that has ended it goes to one that builds on it, else to any at work", () => {
  const after = run([step("a", "done"), step("c", "running"), step("b", "pending", ["x"]), step("x", "done", ["a"])]);
  expect(sendingOf([DRAFT], after, WROTE_A).messages[0]?.step).toBe("b");
  const alone = run([step("a", "done"), step("b", "ready"), step("c", "running")]);
  expect(sendingOf([DRAFT], alone, WROTE_A).messages[0]?.step).toBe("c");
});

test("comments for one step are one message", () => {
  const two = [DRAFT, { ...DRAFT, id: "e" }];
  const sending = sendingOf(two, run([step("a", "running")]), new Map());
  expect(sending.messages.map(({ drafts }) => drafts.length)).toEqual([2]);
});

test("when nobody can hear and the run has not ended, they are kept", () => {
  expect(sendingOf([DRAFT], run([step("a", "done")]), WROTE_A)).toEqual({ messages: [], rerun: null, stuck: [DRAFT] });
});

test("when the run has ended it begins anew at the earliest step that wrote", () => {
  const steps = [step("b", "done", ["a"]), step("a", "done"), step("c", "done", ["b"])];
  const wrote = new Map([["d", "b"], ["e", "a"]]);
  const sending = sendingOf([DRAFT, { ...DRAFT, id: "e" }], run(steps, "2026-01-01"), wrote);
  expect(sending.rerun?.step).toBe("a");
  expect(sendingOf([DRAFT], run(steps, "2026-01-01"), new Map()).rerun?.step).toBe("c");
});

test("every comment is in exactly one place", () => {
  const states = ["pending", "ready", "running", "waiting", "done", "failed", "cancelled", "dropped"] as const;
  for (const one of states)
    for (const other of states)
      for (const ended of ["", "2026-01-01"]) {
        const drafts = [DRAFT, { ...DRAFT, id: "e" }, { ...DRAFT, id: "f" }];
        const { messages, rerun, stuck } = sendingOf(drafts, run([step("a", one), step("b", other, ["a"])], ended), new Map([["d", "a"], ["e", "b"]]));
        const placed = [...messages.flatMap((to) => to.drafts), ...(rerun?.drafts ?? []), ...stuck].map(({ id }) => id).sort();
        const nowhere = ended && one === "dropped" && other === "dropped";
        expect(placed).toEqual(nowhere ? [] : ["d", "e", "f"]);
      }
});

test("a line's writer is the step of its range, and nobody for what was there before", () => {
  const range = (first: number, lines: number, kind: BlameRange["kind"], by: string): BlameRange => ({ first, lines, kind, step: by, attempt: 1, turn: 1, at: "", checkpoint: "" });
  const ranges = [range(1, 3, "base", ""), range(4, 1, "turn", "a"), range(5, 9, "step", "b")];
  expect([1, 3, 4, 5, 13, 14].map((line) => writerOf(ranges, line))).toEqual(["", "", "a", "b", "b", ""]);
});

test("going on keeps all turns of the step but the one that handed in", () => {
  const point = (step: string, turn: number) => ({ kind: "turn", step, turn });
  const found = { checkpoints: [point("a", 1), point("a", 2), point("b", 9), point("a", 3)] } as Checkpoints;
  expect([turnBefore(found, "a"), turnBefore(found, "c")]).toEqual([2, 0]);
});

test("needs are followed through circles", () => {
  expect(buildsOn([step("a", "done", ["b"]), step("b", "done", ["a"])], "a", "c")).toBe(false);
});

function step(name: string, state: StepLine["state"], needs: string[] = []): StepLine {
  return { ...newStep(name), state, needs };
}

function run(steps: StepLine[], finished_at = ""): RunDetail {
  return { run: { finished_at }, steps } as unknown as RunDetail;
}
