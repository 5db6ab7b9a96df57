// One run as a person sees it: a fold over its events, pure, on top of the snapshot memory gave.
// The rules are memory's own: the first end counts, and an older attempt changes nothing.

import { asked, heard, recorded } from "./fold/asks";
import { Draft } from "./fold/draft";
import { finished, planned, submitted } from "./fold/plan";
import * as steps from "./fold/steps";
import { heldOf, withPause } from "./held";
import type { Event, RunDetail } from "./wire";

export interface RunView {
  /** Sequence of the last event taken in; where to resume. */
  seq: number;
  detail: RunDetail;
}

export function reduce(view: RunView, event: Event): RunView {
  return event.seq <= view.seq ? view : reduceAll(view, [event]);
}

/** Takes a batch in, in whatever order and however often its events come. The same view when nothing is new. */
export function reduceAll(view: RunView, events: readonly Event[]): RunView {
  const fresh = freshOf(view, events);
  const last = fresh.at(-1);
  if (!last) return view;
  const draft = new Draft(view);
  for (const event of fresh) {
    apply(draft, event);
    closeQuestions(draft);
  }
  tally(draft);
  return { seq: last.seq, detail: draft.detail };
}

/** Those that the view does not hold, in order, each once. */
export function freshOf(view: RunView, events: readonly Event[]): readonly Event[] {
  return inOrder(events.filter(({ seq }) => seq > view.seq));
}

function inOrder(events: readonly Event[]): readonly Event[] {
  if (events.every(({ seq }, at) => at === 0 || seq > events[at - 1]!.seq)) return events;
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** A step's question is open while the step waits. */
function closeQuestions(draft: Draft): void {
  const { questions } = draft.detail;
  const isOpen = ({ step, question }: (typeof questions)[number]) =>
    !step || question.kind === "plan" || draft.find(step)?.state === "waiting";
  if (!questions.every(isOpen)) draft.detail.questions = questions.filter(isOpen);
}

/** What follows from everything else. */
function tally(draft: Draft): void {
  const { detail, run } = draft;
  const planned = detail.steps.filter((step) => step.state !== "dropped");
  run.steps = planned.length;
  run.steps_done = planned.filter((step) => step.state === "done").length;
  run.held = heldOf(detail);
  const questions = withPause(detail);
  if (ids(questions) !== ids(detail.questions)) detail.questions = questions;
}

function ids(questions: RunDetail["questions"]): string {
  return questions.map(({ question }) => question.id).join(" ");
}

function apply(draft: Draft, event: Event): void {
  switch (event.kind) {
    case "run.submitted":
      return submitted(draft, event);
    case "run.planned":
      return planned(draft, event);
    case "run.heard":
      return heard(draft, event);
    case "run.finished":
      return finished(draft, event);
    case "step.ready":
      return steps.ready(draft, event);
    case "step.started":
      return steps.started(draft, event);
    case "step.opened":
      return steps.opened(draft, event);
    case "step.turn":
      return steps.turned(draft, event);
    case "step.waiting":
      return steps.waiting(draft, event);
    case "step.steered":
      return steps.steered(draft, event);
    case "step.released":
      return steps.released(draft, event);
    case "step.done":
      return steps.done(draft, event);
    case "step.failed":
      return steps.failed(draft, event);
    case "model.answered":
      return steps.spent(draft, event);
    case "evidence.recorded":
      return recorded(draft, event);
    case "ask.cancel":
    case "ask.pause":
      return asked(draft, event, { reason: event.reason });
    case "ask.approve":
    case "ask.deny":
      return asked(draft, event, { reason: event.text, question: event.question });
    case "ask.message":
      return asked(draft, event, { reason: event.text, step: event.step });
    case "ask.resume":
      return asked(draft, event, {});
    case "ask.retry":
      return asked(draft, event, { step: event.step });
    case "ask.edit":
      return asked(draft, event, { reason: `${event.steps.length} steps instead of revision ${event.revision}` });
  } // anything else is an event of a newer fleet
}
