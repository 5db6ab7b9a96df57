// What changed in a run, in a sentence for those who listen. Pure.

import type { RunDetail } from "../../data/wire";

export interface Told {
  run: string;
  status: string;
  done: number;
  failed: number;
  questions: number;
}

/** Nothing is said about a run that has just been opened. */
export function news(before: Told | null, { run, steps, questions }: RunDetail, status: string): { told: Told; text: string } {
  const failed = steps.filter(({ state }) => state === "failed").length;
  const told = { run: run.run, status, done: run.steps_done, failed, questions: questions.length };
  if (!before || before.run !== told.run) return { told, text: "" };
  const said = [
    told.status !== before.status ? `The run: ${status}.` : "",
    told.failed > before.failed ? `A step failed.` : "",
    told.done > before.done ? `${told.done} of ${run.steps} steps done.` : "",
    told.questions > before.questions ? "It waits for you." : "",
  ];
  return { told, text: said.filter(Boolean).join(" ") };
}
