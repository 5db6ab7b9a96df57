// Plain words for states, failures, times and money. Pure.

import type { FailureCode, RunLine, Spent, StepLine, TestCounts } from "./wire";

export type Status = RunLine["status"];

/** How a run stands: its status, or that it is held. */
export type Standing = Status | Exclude<RunLine["held"], "">;

export function standing({ status, held }: Pick<RunLine, "status" | "held">): Standing {
  return held || status;
}

export const STANDING: Record<Standing, string> = {
  submitted: "Queued",
  planned: "Planned",
  running: "Running",
  waiting: "Needs you",
  paused: "Paused",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const STATUS: Record<Status, string> = {
  submitted: "Waiting",
  planned: "Planned",
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const STEP_STATE: Record<StepLine["state"], string> = {
  pending: "Not started yet",
  ready: "Ready to start",
  running: "At work",
  waiting: "Waits for a person",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  dropped: "Not in the plan any more",
};

/** What a failure means to somebody who did not write the fleet. */
export const FAILURE: Record<FailureCode, string> = {
  beyond_model: "The model found no solution",
  nothing_failing: "There was nothing to fix",
  no_tests: "No tests were found",
  not_importable: "The project cannot be imported",
  out_of_time: "The time was used up",
  turn_limit: "The turns were used up",
  budget: "The money was used up",
  gate_refused: "The result did not hold when it was checked",
  review_rejected: "The review asked for changes again and again",
  stuck: "It made no progress",
  bad_plan: "The plan cannot be carried out",
  merge_conflict: "Results could not be merged",
  denied: "A person said no",
  isolation_unavailable: "This host cannot confine the code",
  unknown_model: "There is no such model",
  unknown_role: "There is no such role",
  model_error: "The model did not answer",
  model_auth: "The model's provider refused the key",
  model_quota: "The account with the model's provider is used up",
  model_unavailable: "The model's provider could not be reached",
  model_refused: "The model declined the task",
  context_overflow: "The conversation is too long for the model",
  handler_error: "The step's own code failed",
  attempts_exhausted: "Every attempt was lost",
  no_pool: "Nobody takes such a step",
  workspace: "The workspace could not be prepared",
  bad_submission: "The order could not be understood",
  replay_diverged: "The replay asked something the recording did not",
  cancelled: "Somebody stopped it",
  unknown_run: "There is no such run",
  ambiguous_run: "Several runs begin like that",
};

export function isOver(line: RunLine): boolean {
  return line.status === "succeeded" || line.status === "failed" || line.status === "cancelled";
}

export function elapsed(line: RunLine, now: number): string {
  const from = Date.parse(line.submitted_at);
  const to = line.finished_at ? Date.parse(line.finished_at) : now;
  return Number.isNaN(from) ? "" : duration((to - from) / 1000);
}

export function duration(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${pad((s % 3600) / 60)} min`;
}

function pad(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}

export function ago(time: string, now: number): string {
  const seconds = (now - Date.parse(time)) / 1000;
  if (Number.isNaN(seconds)) return "";
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(time).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}

export function cost(spent: Spent): string {
  if (spent.cost_usd === null) return spent.known_usd ? `over ${dollars(spent.known_usd)}` : "unpriced";
  return spent.cost_usd === 0 ? "free" : dollars(spent.cost_usd);
}

function dollars(usd: number): string {
  return `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}

export function tests(counts: TestCounts | null): string {
  return counts ? `${counts.passed} of ${counts.total - counts.skipped} pass` : "";
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The arguments of a tool call in one short line. */
export function briefly(args: string, limit = 90): string {
  let text = args;
  try {
    const value: unknown = JSON.parse(args);
    if (value && typeof value === "object" && !Array.isArray(value)) {
      text = Object.values(value)
        .filter((part) => typeof part === "string")
        .join(" · ");
    }
  } catch {
    // What the model wrote is no JSON; show it as it is.
  }
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
