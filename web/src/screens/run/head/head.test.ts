import { expect, test } from "vitest";
import { emptyView } from "../../../data/empty";
import type { Ask, RunDetail, RunLine, StepLine } from "../../../data/wire";
import { attempt, step } from "../testing/make";
import { asRequest, choices, prefilled, whyNot } from "./again";
import { againCommand, commandsFor, quoted } from "./cli";
import { doing, whatStops } from "./doing";

function detail(run: Partial<RunLine>, steps: StepLine[] = [], asks: Partial<Ask>[] = []): RunDetail {
  const empty = emptyView("r1").detail;
  const line = { ...empty.run, task: "mend it", model: "m", ...run };
  return { ...empty, run: line, steps, asks: asks.map((ask, seq) => ({ seq, accepted: null, ...ask }) as Ask) };
}

const GOING = { status: "running" } as const;
const FAILED = detail({ status: "failed" }, [step("a", { state: "done" }), step("b", { state: "failed" })]);

test("a run stops, pauses or goes on from the press of the button until the fleet has done it", () => {
  const running = [step("a", { state: "running", attempts: [attempt(1, 0, null)] })];
  expect(doing(detail(GOING, running), "")).toBe("");
  expect(doing(detail(GOING, running), "pause")).toBe("pausing");
  expect(doing(detail(GOING, running, [{ what: "pause" }]), "")).toBe("pausing");
  const held = { status: "running", held: "paused" } as const;
  expect(doing(detail(held, running, [{ what: "pause", accepted: true }]), "")).toBe("pausing");
  expect(doing(detail(held, [step("a", { state: "waiting" })], [{ what: "pause", accepted: true }]), "")).toBe("");
  expect(doing(detail(held, [], [{ what: "pause", accepted: true }, { what: "resume" }]), "")).toBe("resuming");
  expect(doing(detail(GOING, running, [{ what: "cancel" }]), "")).toBe("cancelling");
  expect(doing(detail({ status: "cancelled" }, [], [{ what: "cancel" }]), "cancel")).toBe("");
});

test("a stop says which steps it ends, which it keeps from starting, and what stays", () => {
  const steps = [step("a", { state: "done" }), step("b", { state: "running", attempt: 2 }), step("c"), step("d")];
  const { stops, stays } = whatStops(detail(GOING, steps));
  expect(stops).toEqual(["b is stopped in attempt 2", "c and d will not start"]);
  expect(stays[0]).toBe("What a did keeps its commit");
});

test("doing it again begins with what failed, else with the step that is selected, else with everything", () => {
  expect(prefilled(FAILED, "")).toMatchObject({ scope: "failed" });
  const good = detail({ status: "succeeded" }, [step("a", { state: "done" })]);
  expect(prefilled(good, "a")).toMatchObject({ scope: "all", step: "a", task: "mend it", model: "m" });
  const going = detail(GOING, [step("a", { state: "failed" }), step("b", { state: "running" })]);
  expect(prefilled(going, "b")).toMatchObject({ scope: "step", step: "a" });
  const stopped = detail({ status: "cancelled" }, [step("a", { state: "cancelled" })]);
  expect(prefilled(stopped, "")).toMatchObject({ scope: "failed" });
});

test("a scope that cannot be had says why", () => {
  const good = detail({ status: "succeeded" }, [step("a", { state: "done" })]);
  expect(whyNot("step", good)).toBe("no step has failed");
  expect(whyNot("failed", good)).toBe("nothing has failed");
  expect(whyNot("from", good)).toBe("");
  expect(whyNot("all", detail(GOING))).toBe("");
  expect(choices("step", FAILED)).toEqual(["b"]);
  expect(choices("from", FAILED)).toEqual(["a", "b"]);
});

test("a request holds only what its scope uses and what was changed", () => {
  const again = { ...prefilled(FAILED, ""), task: "other words", model: "n", step: "b", turn: 3 };
  expect(asRequest({ ...again, scope: "failed" }, FAILED)).toEqual({ scope: "failed", step: "", turn: 0, task: "", model: "n" });
  expect(asRequest({ ...again, scope: "from" }, FAILED)).toMatchObject({ step: "b", turn: 3, task: "" });
  expect(asRequest({ ...again, scope: "all" }, FAILED)).toMatchObject({ step: "", turn: 0, task: "other words" });
});

test("each view and each action has its command", () => {
  const going = detail(GOING);
  expect(commandsFor(going, { view: "log", only: "a b" })[0]![1]).toBe("mycoder logs -f r1 --step 'a b'");
  expect(commandsFor(going, {}).map(([, command]) => command)).toContain("mycoder pause r1");
  expect(commandsFor(FAILED, { view: "plan" })[0]![1]).toBe("mycoder show r1 --plan");
  const again = { scope: "from", step: "a", turn: 7, task: "it's", model: "n" } as const;
  expect(againCommand("r1", again, { model: "m" })).toBe("mycoder fork r1 --from a:7 --model n");
  expect(againCommand("r1", { ...again, scope: "all" }, { model: "m" })).toBe(`mycoder run 'it'\\''s' --model n`);
  expect(quoted("$(rm -rf /)")).toBe("'$(rm -rf /)'");
});

