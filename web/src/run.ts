// One run as a person sees it: a fold over its events, pure, on top of the snapshot memory gave.
// The rules are memory's own: the first end counts, and an older attempt changes nothing.

import { newStep } from "./empty";
import type { AttemptLine, Event, RunDetail, RunLine, Spent, StepLine, StepTurn, TurnLine } from "./wire";

export interface RunView {
  /** Sequence of the last event taken in; where to resume. */
  seq: number;
  detail: RunDetail;
  turns: TurnLine[];
}

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

export function reduce(view: RunView, event: Event): RunView {
  if (event.seq <= view.seq) return view;
  const next = { ...apply(view, event), seq: event.seq };
  const steps = next.detail.steps;
  if (steps === view.detail.steps) return next;
  const done = steps.filter((step) => step.state === "done").length;
  return withRun(next, { steps: steps.length, steps_done: done });
}

function apply(view: RunView, event: Event): RunView {
  switch (event.kind) {
    case "run.submitted":
      return submitted(view, event);
    case "run.planned": {
      const planned = event.steps.map((spec) => ({
        ...(findStep(view, spec.id) ?? newStep(spec.id)),
        role: spec.role,
        goal: spec.goal,
        needs: spec.needs,
        revision: event.revision,
      }));
      const status = view.detail.run.status === "submitted" ? "planned" : view.detail.run.status;
      return withDetail(withRun(view, { status }), { steps: planned });
    }
    case "step.ready":
      return ready(view, event);
    case "step.started":
      return started(view, event);
    case "step.opened":
      return opened(view, event);
    case "step.turn":
      return turned(view, event);
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
    case "ask.cancel": {
      const ask = { at: event.time, what: "cancel", by: event.by, reason: event.reason };
      return withDetail(view, { asks: [...view.detail.asks, ask] });
    }
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
  const { repository, policy, limits, max_parallel, notes } = event;
  const submission = { repository, policy, limits, max_parallel, notes, test_command };
  return withDetail(withRun(view, line), { submission });
}

function ready(view: RunView, event: Of<"step.ready">): RunView {
  const { round, spec, pool } = event;
  return withStep(view, event.step, (step) => {
    const named = step.role ? step : { ...step, role: pool, goal: spec.goal, needs: spec.needs };
    if (round <= step.round || step.state === "done") return named;
    return { ...named, state: "ready", round, ended_at: "", failure: null };
  });
}

function started(view: RunView, event: Of<"step.started">): RunView {
  const { attempt, round, worker } = event;
  const run = view.detail.run;
  const line: Partial<RunLine> = run.finished_at ? {} : { status: "running", started_at: run.started_at || event.time };
  return withStep(withRun(view, line), event.step, (step) => {
    if (attempt <= step.attempt || step.state === "done") return step;
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
    };
    return { ...step, state: "running", attempt, worker, attempts: [...before, line] };
  });
}

function opened(view: RunView, event: Of<"step.opened">): RunView {
  const { session, isolation, test_command, notes, base } = event;
  const run = view.detail.run;
  const line = { test_command: run.test_command || test_command, base_commit: run.base_commit || base.commit };
  const change = { session, isolation, test_command, base_commit: base.commit, notes };
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
  return { seq, step, attempt, turn, at: event.time, message, results, commit, tree, ...usage, duration_s };
}

function ended(view: RunView, event: Of<"step.done"> | Of<"step.failed">, change: Partial<StepLine>): RunView {
  const outcome = event.kind === "step.done" ? "done" : "failed";
  const next = withStep(view, event.step, (step) =>
    event.attempt === step.attempt && step.state !== "done" ? { ...step, ...change, ended_at: event.time } : step,
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
  return withDetail(withRun(view, line), { steps: left, evidence: seen, bundle: event.result?.bundle ?? null });
}

/** What a step is once its run is over. */
function leftOver(step: StepLine, at: string): StepLine {
  const attempts = step.attempts.map((line) =>
    line.outcome === "running" ? { ...line, outcome: "cancelled" as const, ended_at: at } : line,
  );
  if (step.state === "done" || step.state === "failed") return { ...step, attempts };
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
  if (!step) return withDetail(view, { steps: [...steps, change(newStep(id))] });
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
