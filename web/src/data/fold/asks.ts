// What people ask, what the orchestrator makes of it, and what executors saw.

import type { Ask, Event, OpenQuestion } from "../wire";
import type { Draft, Of } from "./draft";

export function asked(draft: Draft, event: Event & { by: string }, about: Partial<Ask>): void {
  const what = event.kind.replace("ask.", "");
  const said = { reason: "", step: "", question: "", ...about };
  draft.own("asks").push({ seq: event.seq, at: event.time, what, by: event.by, ...said, accepted: null, answer: "" });
}

export function heard(draft: Draft, event: Of<"run.heard">): void {
  const { ask: seq, accepted, reason } = event;
  const at = draft.detail.asks.findLastIndex((ask) => ask.seq === seq);
  const ask = draft.detail.asks[at];
  if (!ask) return;
  draft.own("asks")[at] = { ...ask, accepted, answer: reason };
  if (accepted) draft.detail.questions = draft.detail.questions.filter((open) => !answers(ask, open));
}

function answers(ask: Ask, { step, question }: OpenQuestion): boolean {
  if (ask.what === "message") return question.kind === "question" && step === ask.step;
  return (ask.what === "approve" || ask.what === "deny") && question.id === ask.question;
}

export function recorded(draft: Draft, event: Of<"evidence.recorded">): void {
  const { proofs } = draft.detail;
  if (proofs.some(({ evidence }) => evidence.id === event.evidence.id)) return;
  draft.own("proofs").push({ step: event.step, at: event.time, evidence: event.evidence });
}
