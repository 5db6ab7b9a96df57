import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Orders, type Answer } from "./orders";
import type { AnyCommand, Outcome } from "./wire";

type Take = (answer: Answer<Outcome> | null) => void;
const PAUSE: AnyCommand = { id: "a", what: "pause", run: "r" };
const DONE: Outcome = { id: "a", outcome: "accepted", reason: "", seq: 3, repeated: false, run: "r" };

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function given() {
  const calls: { order: AnyCommand; take: Take }[] = [];
  return { calls, orders: new Orders((order, take) => calls.push({ order, take })) };
}

test("an order without an answer is given again with the same id", async () => {
  const { calls, orders } = given();
  const outcome = orders.order(PAUSE);
  calls[0]!.take(null);
  orders.again();
  expect(calls.map(({ order }) => order.id)).toEqual(["a", "a", "a"]);
  calls[2]!.take({ ok: true, data: DONE } as Answer<Outcome>);
  await expect(outcome).resolves.toEqual(DONE);
  orders.again();
  expect(calls).toHaveLength(3);
});

test("a refusal is thrown with what helps", async () => {
  const { calls, orders } = given();
  const outcome = orders.order(PAUSE);
  calls[0]!.take({ ok: false, error: { code: "not_allowed", message: "no", fix: "ask" } } as Answer<Outcome>);
  await expect(outcome).rejects.toMatchObject({ code: "not_allowed", fix: "ask" });
});

test("a gateway that stays silent is given up on", async () => {
  const { calls, orders } = given();
  const outcome = expect(orders.order(PAUSE)).rejects.toMatchObject({ code: "no_answer" });
  vi.advanceTimersByTime(100_000);
  await outcome;
  calls[0]!.take({ ok: true, data: DONE } as Answer<Outcome>); // too late, and no harm
});
