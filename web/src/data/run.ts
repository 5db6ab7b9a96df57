// One run as a person sees it: a fold over its events, pure, on top of the snapshot memory gave.
// The rules are memory's own: the first end counts, and an older attempt changes nothing.

import { heldOf, withPause } from "./held";
import { newStep } from "./empty";
import type {
  Ask,
  AttemptLine,
  Event,
  OpenQuestion,
  Proof,
  Question,
  RunDetail,
  RunLine,
  Spent,
  StepLine,
  StepSpec,
  StepTurn,
  TurnLine,
} from "./wire";

const APPROVE_PLAN = { kind: "plan" as const, tool: "", arguments: "", risks: [] };

export interface RunView {
  /** Sequence of the last event taken in; where to resume. */
  seq: number;
  detail: RunDetail;
  turns: TurnLine[];
}

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

export function reduce(view: RunView, event: Event): RunView {
  if (event.seq <= view.seq) return view;
  return withHeld(taken(view, event));
}

function withHeld(view: RunView): RunView {
  const held = heldOf(view.detail);
  const next = held === view.detail.run.held ? view : withRun(view, { held });
  const questions = withPause(next.detail);
  return ids(questions) === ids(view.detail.questions) ? next : withDetail(next, { questions });
}

function ids(questions: readonly OpenQuestion[]): string {
  return questions.map(({ question }) => question.id).join(" ");
}

function taken(view: RunView, event: Event): RunView {
  const next = { ...apply(view, event), seq: event.seq };
  const steps = next.detail.steps;
  if (steps === view.detail.steps) return next;
  const planned = steps.filter((step) => step.state !== "dropped");
  const done = planned.filter((step) => step.state === "done").length;
  return withRun(withOpenQuestions(next), { steps: planned.length, steps_done: done });
}

function apply(view: RunView, event: Event): RunView {
  switch (event.kind) {
    case "run.submitted":
      return submitted(view, event);
    case "run.planned":
      return planned(view, event);
    case "run.heard":
      return heard(view, event);
    case "step.ready":
      return ready(view, event);
    case "step.started":
      return started(view, event);
    case "step.opened":
      return opened(view, event);
    case "step.turn":
      return turned(view, event);
    case "step.waiting":
      return waiting(view, event);
    case "step.steered": {
      const { attempt, turn, action, reason, to_turn, model } = event;
      const course = { at: event.time, attempt, turn, action, reason, to_turn, model };
      return withStep(view, event.step, (step) => ({ ...step, steered: [...step.steered, course] }));
    }
    case "step.released":
      return withAttempt(view, event.step, event.attempt, (attempt) =>
        attempt.outcome === "running" ? { outcome: "released", ended_at: event.time } : {},
      );
    case "step.done":
      return ended(view, event, {
        state: "done",
        summary: event.summary,
        commit: event.result?.commit ?? "",
        tree: event.result?.tree ?? "",
        evidence: event.evidence,
        failure: null,
      });
    case "step.failed":
      return ended(view, event, { state: "failed", failure: event.failure });
    case "model.answered":
      return spent(view, event);
    case "evidence.recorded": {
      const proofs = view.detail.proofs;
      if (proofs.some((proof) => proof.evidence.id === event.evidence.id)) return view;
      return withDetail(view, { proofs: [...proofs, { step: event.step, at: event.time, evidence: event.evidence }] });
    }
    case "ask.cancel":
    case "ask.pause":
      return asked(view, event, { reason: event.reason });
    case "ask.approve":
    case "ask.deny":
      return asked(view, event, { reason: event.text, question: event.question });
    case "ask.message":
      return asked(view, event, { reason: event.text, step: event.step });
    case "ask.resume":
      return asked(view, event, {});
    case "ask.retry":
      return asked(view, event, { step: event.step });
    case "ask.edit":
      return asked(view, event, { reason: `${event.steps.length} steps instead of revision ${event.revision}` });
    case "run.finished":
      return finished(view, event);
    default:
      return view; // an event of a newer fleet
  }
}

function submitted(view: RunView, event: Of<"run.submitted">): RunView {
  if (view.detail.run.submitted_at) return view;
  const { task, model, role, submitted_by, test_command } = event;
  const line = { task, model, role, submitted_by, test_command, submitted_at: event.time };
  const { repository, policy, limits, max_parallel, notes, approve, project, fork, replay } = event;
  const submission = { repository, policy, limits, max_parallel, test_command, notes, approve, project, fork, replay };
  return withDetail(withRun(view, line), { submission });
}

function planned(view: RunView, event: Of<"run.planned">): RunView {
  if (event.revision <= view.detail.revision) return view;
  const steps = event.steps.map((spec) => {
    const step = replanned(view, spec, event.revision);
    return takenOver(step, event);
  });
  const kept = new Set(event.steps.map((spec) => spec.id));
  const left = view.detail.steps.filter((step) => !kept.has(step.step)).map((step) => dropped(step, event.time));
  const run = view.detail.run;
  const status = run.status === "submitted" ? "planned" : run.status;
  const questions = view.detail.questions.filter(({ question }) => question.kind !== "plan");
  if (event.waits && !run.finished_at) {
    const question: Question = { ...APPROVE_PLAN, id: `plan-${event.revision}`, text: event.reason };
    questions.push(openQuestion(view, event, question));
  }
  const proofs = [...view.detail.proofs, ...proofsTakenOver(event)];
  const plan = { steps: [...left, ...steps], questions, proofs, revision: event.revision };
  return withDetail(withRun(view, { status }), plan);
}

/** A step that the run this one was forked from has done. */
function takenOver(step: StepLine, event: Of<"run.planned">): StepLine {
  const taken = event.taken_over.find((taken) => taken.step === step.step);
  if (!taken) return step;
  const { summary, result, evidence } = taken;
  const done = { summary, commit: result?.commit ?? "", tree: result?.tree ?? "", evidence: evidence?.id ?? "" };
  return { ...step, ...done, state: "done", ended_at: event.time };
}

function proofsTakenOver(event: Of<"run.planned">): Proof[] {
  return event.taken_over.flatMap(({ step, evidence }) => (evidence ? [{ step, at: event.time, evidence }] : []));
}

function replanned(view: RunView, spec: StepSpec, revision: number): StepLine {
  const old = findStep(view, spec.id);
  const { role, goal, needs, writes, accept } = spec;
  const next = { ...(old ?? newStep(spec.id)), role, goal, needs, writes, accept, revision };
  if (old && old.revision < view.detail.revision) return { ...next, state: "pending", round: 0, attempt: 0, ended_at: "", failure: null };
  const same = old && JSON.stringify(planOf(old)) === JSON.stringify(planOf(next));
  return old?.state !== "failed" || same ? next : { ...next, state: "pending", ended_at: "", failure: null };
}

function planOf({ role, goal, needs, writes, accept }: StepLine) {
  return [role, goal, needs, writes, accept];
}

function dropped(step: StepLine, at: string): StepLine {
  if (step.state === "done" || step.state === "dropped") return step;
  return { ...step, state: "dropped", ended_at: at, attempts: step.attempts.map((line) => cancelled(line, at)) };
}

function cancelled(line: AttemptLine, at: string): AttemptLine {
  return line.outcome === "running" ? { ...line, outcome: "cancelled", ended_at: at } : line;
}

/** Nothing changes a step that is done, or that the plan does without. */
function isSettled(step: StepLine): boolean {
  return step.state === "done" || step.state === "dropped";
}

function ready(view: RunView, event: Of<"step.ready">): RunView {
  const { round, answer } = event;
  return withStep(view, event.step, (step) => {
    const answered = answer !== null && step.state === "waiting";
    const issuedAgain = round === step.round && (step.state === "ready" || step.state === "running");
    if (isSettled(step) || (round <= step.round && !answered && !issuedAgain)) return step;
    return { ...step, state: "ready", round: answered ? step.round : round, ended_at: "", failure: null };
  });
}

function waiting(view: RunView, event: Of<"step.waiting">): RunView {
  const before = findStep(view, event.step);
  if (!before || isSettled(before) || before.attempt !== event.attempt) return view;
  const next = withStep(view, event.step, (step) => ({ ...step, state: "waiting" }));
  const questions = [...view.detail.questions, openQuestion(view, event, event.question)];
  return withAttempt(withDetail(next, { questions }), event.step, event.attempt, (attempt) =>
    attempt.outcome === "running" ? { outcome: "waiting", ended_at: event.time } : {},
  );
}

function openQuestion(view: RunView, event: Event, question: Question): OpenQuestion {
  const { run, task } = view.detail.run;
  return { run, step: event.step, question, since: event.time, task: task.slice(0, 200) };
}

/** A step's question is open while the step waits. */
function withOpenQuestions(view: RunView): RunView {
  const open = view.detail.questions.filter(
    ({ step, question }) => !step || question.kind === "plan" || findStep(view, step)?.state === "waiting",
  );
  return open.length === view.detail.questions.length ? view : withDetail(view, { questions: open });
}

function asked(view: RunView, event: Event & { by: string }, about: Partial<Ask>): RunView {
  if (view.detail.asks.some((ask) => ask.seq === event.seq)) return view; // the snapshot held it already
  const what = event.kind.replace("ask.", "");
  const said = { reason: "", step: "", question: "", ...about };
  const ask = { seq: event.seq, at: event.time, what, by: event.by, ...said, accepted: null, answer: "" };
  return withDetail(view, { asks: [...view.detail.asks, ask] });
}

function heard(view: RunView, event: Of<"run.heard">): RunView {
  const { ask: seq, accepted, reason } = event;
  const ask = view.detail.asks.find((ask) => ask.seq === seq);
  if (!ask) return view;
  const asks = view.detail.asks.map((one) => (one === ask ? { ...ask, accepted, answer: reason } : one));
  const questions = view.detail.questions.filter((open) => !accepted || !answers(ask, open));
  return withDetail(view, { asks, questions });
}

function answers(ask: Ask, { step, question }: OpenQuestion): boolean {
  if (ask.what === "message") return question.kind === "question" && step === ask.step;
  return (ask.what === "approve" || ask.what === "deny") && question.id === ask.question;
}

function started(view: RunView, event: Of<"step.started">): RunView {
  const { attempt, round, worker } = event;
  const run = view.detail.run;
  const line: Partial<RunLine> = run.finished_at ? {} : { status: "running", started_at: run.started_at || event.time };
  return withStep(withRun(view, line), event.step, (step) => {
    if (attempt <= step.attempt || isSettled(step)) return step;
    const before = step.attempts.map((line) =>
      line.outcome === "running" ? { ...line, outcome: "lost" as const, ended_at: event.time } : line,
    );
    const line: AttemptLine = {
      attempt,
      round,
      worker,
      outcome: "running",
      started_at: event.time,
      ended_at: "",
      session: "",
      isolation: "",
      test_command: "",
      base_commit: "",
      notes: [],
      applied: [],
    };
    return { ...step, state: "running", attempt, worker, attempts: [...before, line] };
  });
}

function opened(view: RunView, event: Of<"step.opened">): RunView {
  const { session, isolation, test_command, notes, applied, base } = event;
  const run = view.detail.run;
  const line = { test_command: run.test_command || test_command, base_commit: run.base_commit || base.commit };
  const change = { session, isolation, test_command, base_commit: base.commit, notes, applied };
  return withAttempt(withRun(view, line), event.step, event.attempt, () => change);
}

function turned(view: RunView, event: Of<"step.turn">): RunView {
  if (view.turns.some((turn) => turn.seq === event.seq)) return view; // the snapshot held it already
  const turns = [...view.turns, turnLine(event)];
  const tools = event.results.map((result) => result.name);
  const next = withStep({ ...view, turns }, event.step, (step) => {
    const tool_calls = { ...step.tool_calls };
    for (const name of tools) tool_calls[name] = (tool_calls[name] ?? 0) + 1;
    return { ...step, turns: step.turns + 1, last_turn_at: event.time, tool_calls };
  });
  return withRun(next, { turns: view.detail.run.turns + 1 });
}

function turnLine(event: Event & StepTurn): TurnLine {
  const { seq, step, attempt, turn, message, results, usage, checkpoint, duration_s } = event;
  const { commit, tree } = checkpoint;
  const { input_tokens, output_tokens, cached_tokens, cost_usd, estimated } = usage;
  const spent = { input_tokens, output_tokens, cached_tokens, cost_usd, estimated };
  return { seq, step, attempt, turn, at: event.time, message, results, commit, tree, ...spent, duration_s };
}

function ended(view: RunView, event: Of<"step.done"> | Of<"step.failed">, change: Partial<StepLine>): RunView {
  const outcome = event.kind === "step.done" ? "done" : "failed";
  const next = withStep(view, event.step, (step) =>
    event.attempt === step.attempt && !isSettled(step) ? { ...step, ...change, ended_at: event.time } : step,
  );
  return withAttempt(next, event.step, event.attempt, (attempt) =>
    attempt.outcome === "running" ? { outcome, ended_at: event.time } : {},
  );
}

function spent(view: RunView, event: Of<"model.answered">): RunView {
  const next = withStep(view, event.step, (step) => ({ ...step, spent: sum(step.spent, event) }));
  return withRun(next, { spent: sum(view.detail.run.spent, event) });
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

function finished(view: RunView, event: Of<"run.finished">): RunView {
  const run = view.detail.run;
  if (run.finished_at) return view;
  const seen = event.evidence;
  const left = view.detail.steps.map((step) => leftOver(step, event.time));
  const line: Partial<RunLine> = {
    status: event.status as RunLine["status"],
    finished_at: event.time,
    failure: event.failure,
    branch: event.branch,
    commit: event.result?.commit ?? "",
    tree: event.result?.tree ?? "",
    base_commit: event.base_commit || run.base_commit,
    summary: event.summary,
    turns: event.turns,
    spent: { ...run.spent, cost_usd: event.cost_usd },
    test_command: seen?.command || run.test_command,
    exit_code: seen?.exit_code ?? null,
    tests: seen?.tests ?? null,
  };
  const bundle = event.result?.bundle ?? null;
  return withDetail(withRun(view, line), { steps: left, evidence: seen, bundle, questions: [] });
}

/** What a step is once its run is over. */
function leftOver(step: StepLine, at: string): StepLine {
  const attempts = step.attempts.map((line) => cancelled(line, at));
  if (isSettled(step) || step.state === "failed") return { ...step, attempts };
  return { ...step, attempts, state: "cancelled", ended_at: at };
}

function withDetail(view: RunView, change: Partial<RunDetail>): RunView {
  return { ...view, detail: { ...view.detail, ...change } };
}

function withRun(view: RunView, change: Partial<RunLine>): RunView {
  return withDetail(view, { run: { ...view.detail.run, ...change } });
}

function findStep(view: RunView, id: string): StepLine | undefined {
  return view.detail.steps.find((step) => step.step === id);
}

function withStep(view: RunView, id: string, change: (step: StepLine) => StepLine): RunView {
  const steps = view.detail.steps;
  const step = findStep(view, id);
  if (!step) return view; // the plan knows no such step
  return withDetail(view, { steps: steps.map((other) => (other === step ? change(step) : other)) });
}

function withAttempt(
  view: RunView,
  id: string,
  attempt: number,
  change: (line: AttemptLine) => Partial<AttemptLine>,
): RunView {
  return withStep(view, id, (step) => ({
    ...step,
    attempts: step.attempts.map((line) => (line.attempt === attempt ? { ...line, ...change(line) } : line)),
  }));
}
