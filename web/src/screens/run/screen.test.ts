import { expect, test } from "vitest";
import { emptyView } from "../../data/empty";
import type { Fleet, PoolLine, RunDetail, StepLine } from "../../data/wire";
import { missingRoles } from "./head/missing";
import { filtersOf, runSearch, withFilters } from "./search";
import { selectedStep } from "./selected";
import { step } from "./testing/make";
import { news } from "./told";

function detail(steps: StepLine[], change: Partial<RunDetail["run"]> = {}): RunDetail {
  const empty = emptyView("r1").detail;
  return { ...empty, steps, run: { ...empty.run, steps: steps.length, ...change } };
}

test("an address is read as far as it makes sense, and what is filtered goes into it and comes back", () => {
  const read = runSearch({ view: "log", step: "a", turn: "x", event: "-4", errors: "true", kinds: "step.,ask.", only: "b" });
  expect(read).toMatchObject({ view: "log", step: "a", turn: undefined, event: undefined, errors: true });
  const filters = filtersOf(read);
  expect(filters).toEqual({ kinds: ["step.", "ask."], step: "b", text: "", errors: true });
  expect(filtersOf(withFilters(filters))).toEqual(filters);
  expect(runSearch({ view: "gantt" }).view).toBeUndefined();
});

test("the step shown first is one that waits for a person, else one at work, else one that failed", () => {
  const states = (...all: StepLine["state"][]) => all.map((state, at) => step(`s${at}`, { state }));
  expect(selectedStep(states("done", "running", "waiting"), undefined)?.step).toBe("s2");
  expect(selectedStep(states("failed", "running"), undefined)?.step).toBe("s1");
  expect(selectedStep(states("done", "done", "pending"), undefined)?.step).toBe("s1");
  expect(selectedStep(states("pending", "pending"), undefined)?.step).toBe("s0");
  expect(selectedStep(states("done", "running"), "s0")?.step).toBe("s0");
  expect(selectedStep(states("done"), "gone")?.step).toBe("s0");
  expect(selectedStep([], "gone")).toBeUndefined();
});

test("who listens is told what changed, and nothing about a run that was just opened", () => {
  const first = detail([step("a"), step("b")], { steps_done: 0 });
  const { told, text } = news(null, first, "Running");
  expect(text).toBe("");
  expect(news(told, first, "Running").text).toBe("");
  const later = detail([step("a", { state: "done" }), step("b", { state: "failed" })], { steps_done: 1 });
  expect(news(told, later, "Failed").text).toBe("The run: Failed. A step failed. 1 of 2 steps done.");
});

test("a role is missing when a step waits for it and no living worker has it", () => {
  const pools = [
    { pool: "coder", workers: 1 },
    { pool: "tester", workers: 0 },
  ] as PoolLine[];
  const fleet = { pools } as Fleet;
  const ready = (id: string, role: string) => step(id, { state: "ready", role });
  const steps = [ready("a", "coder"), ready("b", "tester"), ready("c", "painter"), step("d", { role: "planner" })];
  expect(missingRoles(detail(steps), fleet)).toEqual(["tester", "painter"]);
});
