// Whether a run goes on by itself, as memory tells it (workers/memory/held.py). Pure.

import type { Ask, OpenQuestion, RunDetail, RunLine, StepLine } from "./wire";

const GOES_ON = ["submitted", "planned", "running"];
const AT_WORK = ["ready", "running", "failed"];

export function heldOf(detail: RunDetail): RunLine["held"] {
  const { run, asks, steps, questions } = detail;
  if (!GOES_ON.includes(run.status) || asks.some((ask) => ask.what === "cancel")) return "";
  if (pauseOf(asks)) return "paused";
  if (!questions.length || steps.some((step) => AT_WORK.includes(step.state))) return "";
  const planWaits = questions.some(({ question }) => question.kind === "plan");
  return planWaits || !steps.some((step) => mayStart(step, steps)) ? "waiting" : "";
}

/** The open questions, with the pause itself as one as long as no step says that it waits for its end. */
export function withPause(detail: RunDetail): OpenQuestion[] {
  const own = detail.questions.filter(({ step, question }) => step || question.kind !== "paused");
  const pause = pauseOf(detail.asks);
  if (heldOf(detail) !== "paused" || !pause || own.some(({ question }) => question.kind === "paused")) return own;
  const said = pause.reason ? `: ${pause.reason.slice(0, 500)}` : "";
  const text = `Paused by ${pause.by || "somebody"}${said}`;
  const question = { id: `pause-${pause.seq}`, kind: "paused" as const, text, tool: "", arguments: "", risks: [] };
  const { run, task } = detail.run;
  return [...own, { run, step: "", question, since: pause.at, task: task.slice(0, 200) }];
}

/** The pause that holds: from its place in the log on, until the orchestrator has taken a resume. */
function pauseOf(asks: readonly Ask[]): Ask | null {
  const counts = asks.filter(({ what, accepted }) =>
    what === "pause" ? accepted !== false : what === "resume" && accepted === true,
  );
  const last = counts.at(-1);
  return last?.what === "pause" ? last : null;
}

function mayStart(step: StepLine, steps: readonly StepLine[]): boolean {
  const done = new Set(steps.filter((other) => other.state === "done").map((other) => other.step));
  return step.state === "pending" && step.needs.every((need) => done.has(need));
}
