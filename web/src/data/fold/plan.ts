// How a run begins, is planned, and ends.

import type { AttemptLine, OpenQuestion, Proof, Question, RunLine, StepLine, StepSpec } from "../wire";
import { newStep } from "../empty";
import type { Draft, Of } from "./draft";
import { isSettled } from "./steps";

const APPROVE_PLAN = { kind: "plan" as const, tool: "", arguments: "", risks: [] };

export function submitted(draft: Draft, event: Of<"run.submitted">): void {
  if (draft.run.submitted_at) return;
  const { task, model, role, submitted_by, test_command } = event;
  Object.assign(draft.run, { task, model, role, submitted_by, test_command, submitted_at: event.time });
  const { repository, policy, limits, max_parallel, notes, approve, project, fork, replay } = event;
  const submission = { repository, policy, limits, max_parallel, test_command, notes, approve, project, fork, replay };
  draft.detail.submission = submission;
}

export function planned(draft: Draft, event: Of<"run.planned">): void {
  const { detail, run } = draft;
  if (event.revision <= detail.revision) return;
  const steps = event.steps.map((spec) => takenOver(replanned(draft, spec, event.revision), event));
  const kept = new Set(event.steps.map((spec) => spec.id));
  const left = detail.steps.filter((step) => !kept.has(step.step)).map((step) => dropped(step, event.time));
  if (run.status === "submitted") run.status = "planned";
  const questions = detail.questions.filter(({ question }) => question.kind !== "plan");
  if (event.waits && !run.finished_at) questions.push(approval(draft, event));
  draft.setSteps([...left, ...steps]);
  Object.assign(detail, { questions, revision: event.revision });
  draft.own("proofs").push(...proofsTakenOver(event));
}

function approval({ run }: Draft, event: Of<"run.planned">): OpenQuestion {
  const question: Question = { ...APPROVE_PLAN, id: `plan-${event.revision}`, text: event.reason };
  return { run: run.run, step: event.step, question, since: event.time, task: run.task.slice(0, 200) };
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

function replanned(draft: Draft, spec: StepSpec, revision: number): StepLine {
  const old = draft.find(spec.id);
  const { role, goal, needs, writes, accept } = spec;
  const next = { ...(old ?? newStep(spec.id)), role, goal, needs, writes, accept, revision };
  const anew = { ...next, state: "pending" as const, ended_at: "", failure: null };
  if (old && old.revision < draft.detail.revision) return { ...anew, round: 0, attempt: 0 };
  const same = old && JSON.stringify(planOf(old)) === JSON.stringify(planOf(next));
  return old?.state !== "failed" || same ? next : anew;
}

function planOf({ role, goal, needs, writes, accept }: StepLine) {
  return [role, goal, needs, writes, accept];
}

function dropped(step: StepLine, at: string): StepLine {
  if (isSettled(step)) return step;
  return { ...step, state: "dropped", ended_at: at, attempts: step.attempts.map((line) => cancelled(line, at)) };
}

function cancelled(line: AttemptLine, at: string): AttemptLine {
  return line.outcome === "running" ? { ...line, outcome: "cancelled", ended_at: at } : line;
}

export function finished(draft: Draft, event: Of<"run.finished">): void {
  const { detail, run } = draft;
  if (run.finished_at) return;
  const seen = event.evidence;
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
  Object.assign(run, line);
  draft.setSteps(detail.steps.map((step) => leftOver(step, event.time)));
  Object.assign(detail, { evidence: seen, bundle: event.result?.bundle ?? null, questions: [] });
}

/** What a step is once its run is over. */
function leftOver(step: StepLine, at: string): StepLine {
  const attempts = step.attempts.map((line) => cancelled(line, at));
  if (isSettled(step) || step.state === "failed") return { ...step, attempts };
  return { ...step, attempts, state: "cancelled", ended_at: at };
}
