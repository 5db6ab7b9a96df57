// What became of the messages people sent to a step. Pure.

import type { Ask, Event, StepLine } from "../../../data/wire";

export type Delivery =
  /** In the log; the orchestrator has not said anything. */
  | { state: "stored" }
  | { state: "refused"; reason: string }
  /** The step will hear it. */
  | { state: "accepted" }
  | { state: "seen"; turn: number }
  /** Accepted, but the step ended before it came to it. */
  | { state: "superseded" };

export interface Sent {
  seq: number;
  at: string;
  text: string;
  by: string;
  when: "now" | "after" | "";
  delivery: Delivery;
}

const OVER: readonly StepLine["state"][] = ["done", "failed", "cancelled", "dropped"];

export function messagesTo(step: StepLine, asks: readonly Ask[], events: readonly Event[]): Sent[] {
  const turns = new Map<number, number>();
  const whens = new Map<number, "now" | "after">();
  for (const event of events) {
    // A turn that waits for a person is told by its waiting, long before the turn itself.
    const turn = event.kind === "step.turn" ? event : event.kind === "step.waiting" ? event.partial : null;
    for (const heard of turn?.heard ?? []) turns.set(heard.ask, turn?.turn ?? 0);
    if (event.kind === "ask.message") whens.set(event.seq, event.when);
    if (event.kind === "run.heard" && event.what === "message") whens.set(event.ask, event.when);
  }
  return asks
    .filter((ask) => ask.what === "message" && ask.step === step.step)
    .map((ask) => {
      const { seq, at, reason: text, by } = ask;
      return { seq, at, text, by, when: whens.get(seq) ?? "", delivery: deliveryOf(ask, turns.get(seq), step) };
    });
}

function deliveryOf(ask: Ask, turn: number | undefined, step: StepLine): Delivery {
  if (turn !== undefined) return { state: "seen", turn };
  if (ask.accepted === false) return { state: "refused", reason: ask.answer };
  if (OVER.includes(step.state) && step.ended_at > ask.at) return { state: "superseded" };
  return ask.accepted ? { state: "accepted" } : { state: "stored" };
}
