// What happens to a step: made ready, taken, worked on, held, ended.

import type { AttemptLine, Spent, StepLine } from "../wire";
import type { Draft, Of } from "./draft";

/** Nothing changes a step that is done, or that the plan does without. */
export function isSettled(step: StepLine): boolean {
  return step.state === "done" || step.state === "dropped";
}

export function ready(draft: Draft, event: Of<"step.ready">): void {
  const { round, answer } = event;
  const step = draft.step(event.step);
  if (!step || isSettled(step)) return;
  const answered = answer !== null && step.state === "waiting";
  const issuedAgain = round === step.round && (step.state === "ready" || step.state === "running");
  if (round <= step.round && !answered && !issuedAgain) return;
  Object.assign(step, { state: "ready", round: answered ? step.round : round, ended_at: "", failure: null });
}

export function started(draft: Draft, event: Of<"step.started">): void {
  const { attempt, round, worker } = event;
  const { run } = draft;
  if (!run.finished_at) Object.assign(run, { status: "running", started_at: run.started_at || event.time });
  const step = draft.step(event.step);
  if (!step || attempt <= step.attempt || isSettled(step)) return;
  const before = step.attempts.map((line) =>
    line.outcome === "running" ? { ...line, outcome: "lost" as const, ended_at: event.time } : line,
  );
  const attempts = [...before, newAttempt(attempt, round, worker, event.time)];
  Object.assign(step, { state: "running", attempt, worker, attempts });
}

function newAttempt(attempt: number, round: number, worker: string, started_at: string): AttemptLine {
  return {
    attempt,
    round,
    worker,
    outcome: "running",
    started_at,
    ended_at: "",
    session: "",
    isolation: "",
    test_command: "",
    base_commit: "",
    notes: [],
    applied: [],
  };
}

export function opened(draft: Draft, event: Of<"step.opened">): void {
  const { session, isolation, test_command, notes, applied, base } = event;
  const { run } = draft;
  run.test_command ||= test_command;
  run.base_commit ||= base.commit;
  const change = { session, isolation, test_command, base_commit: base.commit, notes, applied };
  draft.changeAttempt(event.step, event.attempt, () => change);
}

export function turned(draft: Draft, event: Of<"step.turn">): void {
  draft.run.turns += 1;
  const step = draft.step(event.step);
  if (!step) return;
  const tool_calls = { ...step.tool_calls };
  for (const { name } of event.results) tool_calls[name] = (tool_calls[name] ?? 0) + 1;
  Object.assign(step, { turns: step.turns + 1, last_turn_at: event.time, tool_calls });
}

export function waiting(draft: Draft, event: Of<"step.waiting">): void {
  const step = draft.step(event.step);
  if (!step || isSettled(step) || step.attempt !== event.attempt) return;
  step.state = "waiting";
  const { run, task } = draft.run;
  const open = { run, step: event.step, question: event.question, since: event.time, task: task.slice(0, 200) };
  draft.own("questions").push(open);
  ends(draft, event, "waiting");
}

export function steered(draft: Draft, event: Of<"step.steered">): void {
  const { attempt, turn, action, reason, to_turn, model } = event;
  const step = draft.step(event.step);
  if (step) step.steered = [...step.steered, { at: event.time, attempt, turn, action, reason, to_turn, model }];
}

export function released(draft: Draft, event: Of<"step.released">): void {
  ends(draft, event, "released");
}

export function done(draft: Draft, event: Of<"step.done">): void {
  const { summary, result, evidence } = event;
  const handed = { summary, commit: result?.commit ?? "", tree: result?.tree ?? "", evidence };
  ended(draft, event, "done", { ...handed, failure: null });
}

export function failed(draft: Draft, event: Of<"step.failed">): void {
  ended(draft, event, "failed", { failure: event.failure });
}

function ended(
  draft: Draft,
  event: Of<"step.done"> | Of<"step.failed">,
  state: "done" | "failed",
  change: Partial<StepLine>,
): void {
  const step = draft.step(event.step);
  if (step && event.attempt === step.attempt && !isSettled(step)) {
    Object.assign(step, { ...change, state, ended_at: event.time });
  }
  ends(draft, event, state);
}

function ends(
  draft: Draft,
  event: { step: string; attempt: number; time: string },
  outcome: AttemptLine["outcome"],
): void {
  draft.changeAttempt(event.step, event.attempt, (attempt) =>
    attempt.outcome === "running" ? { outcome, ended_at: event.time } : {},
  );
}

export function spent(draft: Draft, event: Of<"model.answered">): void {
  draft.run.spent = sum(draft.run.spent, event);
  const step = draft.step(event.step);
  if (step) step.spent = sum(step.spent, event);
}

function sum(before: Spent, { usage }: Of<"model.answered">): Spent {
  const { cost_usd: price } = usage;
  return {
    calls: before.calls + 1,
    input_tokens: before.input_tokens + usage.input_tokens,
    output_tokens: before.output_tokens + usage.output_tokens,
    cached_tokens: before.cached_tokens + usage.cached_tokens,
    cost_usd: price === null || before.cost_usd === null ? null : before.cost_usd + price,
    known_usd: before.known_usd + (price ?? 0),
    unpriced: before.unpriced + (price === null ? 1 : 0),
  };
}
