import { expect, test } from "vitest";
import type { Ask, Event, Proof } from "../../../data/wire";
import { at, attempt, event, step } from "../testing/make";
import { pretty, saysAll } from "./args";
import { conversation, findAsked } from "./conversation";
import { messagesTo } from "./delivery";
import { excerpt, isShort } from "./excerpt";
import { holds } from "./search";

const turn = (seq: number, number: number, heard: object[] = []) =>
  event(seq, seq, "a", { kind: "step.turn", attempt: 1, turn: number, heard, message: { role: "assistant" }, results: [] });
const LOG: Event[] = [
  event(1, 1, "a", { kind: "step.ready", round: 1 }),
  event(2, 2, "a", { kind: "step.started", attempt: 1, round: 1, worker: "w1" }),
  event(3, 3, "a", { kind: "step.opened", attempt: 1, prompt: [], applied: [], notes: [] }),
  turn(4, 1),
  turn(5, 2, [{ ask: 90, text: "mind the tests", by: "ada" }]),
  turn(6, 3),
  event(7, 7, "a", { kind: "step.steered", attempt: 1, turn: 4, action: "rewind", to_turn: 1, reason: "circles", text: "" }),
  turn(8, 4),
  event(9, 9, "a", { kind: "step.started", attempt: 2, round: 1, worker: "w2" }),
];

test("a step is told in order, with what people said before the turn that heard it", () => {
  const items = conversation(LOG, [attempt(1, 2, 9, { outcome: "lost" }), attempt(2, 9, null)]);
  const told = items.map((item) => item.what);
  expect(told).toEqual(["attempt", "prompt", "turn", "heard", "turn", "turn", "course", "turn", "attempt"]);
});

test("an attempt that another one replaced, and turns that were taken back, are marked", () => {
  const items = conversation(LOG, [attempt(1, 2, 9, { outcome: "lost" }), attempt(2, 9, null)]);
  expect(items.flatMap((item) => (item.what === "attempt" ? [item.superseded] : []))).toEqual([true, false]);
  expect(items.flatMap((item) => (item.what === "turn" ? [item.superseded] : []))).toEqual([false, true, true, false]);
});

function ask(seq: number, accepted: boolean | null, answer = ""): Ask {
  return { seq, at: at(seq), what: "message", by: "ada", reason: `text ${seq}`, step: "a", question: "", accepted, answer };
}

test("each message says how far it has come", () => {
  const asks = [ask(90, true), ask(91, true), ask(92, null), ask(93, false, "it has ended"), { ...ask(94, null), step: "b" }];
  const running = step("a", { state: "running" });
  const states = messagesTo(running, asks, LOG).map(({ delivery }) => delivery);
  expect(states).toEqual([
    { state: "seen", turn: 2 },
    { state: "accepted" },
    { state: "stored" },
    { state: "refused", reason: "it has ended" },
  ]);
});

test("a message is seen in a turn that waits for a person", () => {
  const running = step("a", { state: "waiting" });
  const partial = { turn: 4, heard: [{ ask: 91, text: "", by: "ada" }] };
  const waiting = event(10, 10, "a", { kind: "step.waiting", attempt: 2, question: {}, partial });
  const states = messagesTo(running, [ask(91, true)], [...LOG, waiting]).map(({ delivery }) => delivery);
  expect(states).toEqual([{ state: "seen", turn: 4 }]);
});

test("a message that the step's end overtook is superseded; one that was heard stays heard", () => {
  const done = step("a", { state: "done", ended_at: at(200) });
  const states = messagesTo(done, [ask(90, true), ask(91, true)], LOG).map(({ delivery }) => delivery.state);
  expect(states).toEqual(["seen", "superseded"]);
});

test("when it was to be said is known from the log", () => {
  const events = [event(91, 91, "a", { kind: "ask.message", when: "after", text: "", by: "" })];
  const running = step("a", { state: "running" });
  expect(messagesTo(running, [ask(91, true), ask(92, true)], events).map(({ when }) => when)).toEqual(["after", ""]);
});

test("arguments are read field by field, or as they were written", () => {
  expect(pretty('{"path": "a", "n": 2}')).toBe("path: a\nn: 2");
  expect(pretty("{not json")).toBe("{not json");
  expect(pretty("[1]")).toBe("[1]");
  expect(saysAll("ls", '{"command": "ls"}')).toBe(true);
  expect(saysAll("ls · /", '{"command": "ls", "path": "/"}')).toBe(false);
});

test("of a long output the end is shown, and how much is before it", () => {
  const long = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n");
  const { text, left } = excerpt(long, false);
  expect(left).toBe(76);
  expect(text.split("\n").slice(0, 2)).toEqual(["… 76 lines before this", "line 76"]);
  expect(excerpt(long, true)).toEqual({ text: long, left: 0 });
  expect([isShort("ok\n"), isShort(long), isShort("")]).toEqual([true, false, false]);
});

test("a conversation is looked through whatever the letters' case", () => {
  const items = conversation(LOG, [attempt(1, 2, null)]);
  expect(items.filter((item) => holds(item, "MIND the")).map((item) => item.what)).toEqual(["heard", "turn"]);
  expect(items.every((item) => holds(item, ""))).toBe(true);
});

test("a link leads to a turn, or to where an attempt begins", () => {
  const items = conversation(LOG, [attempt(1, 2, 9, { outcome: "lost" }), attempt(2, 9, null)]);
  const named = (turn?: number, attempt?: number) => items[findAsked(items, turn, attempt)];
  expect(named(3)).toMatchObject({ what: "turn", turn: { turn: 3 } });
  expect(named(undefined, 2)).toMatchObject({ what: "attempt", attempt: 2 });
  expect(named(3, 2)).toBeUndefined();
  expect(named()).toBeUndefined();
});

test("evidence stands where it was recorded, before the turn that asked for it", () => {
  const proof = (seconds: number, id: string) => ({ step: "a", at: at(seconds), evidence: { id } }) as Proof;
  const told = conversation(LOG, [attempt(1, 2, null)], [proof(5, "e2"), proof(0, "before what is at hand"), proof(4.5, "e1")]);
  const named = told.map((item) => (item.what === "evidence" ? item.evidence.id : item.what));
  expect(named.slice(2, 6)).toEqual(["turn", "e1", "e2", "heard"]);
  expect(named).not.toContain("before what is at hand");
});
