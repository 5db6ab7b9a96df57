// The same for many runs, one after the other, each with its own id: doing it again does nothing twice.

import { send } from "../../data/api";
import { newId } from "../../data/id";
import { command } from "../../data/store";
import type { Accepted, Outcome, Rerun, RunLine } from "../../data/wire";
import { isOver } from "../../data/words";

export const WORKS = ["cancel", "retry"] as const;
export type Work = (typeof WORKS)[number];

export const WORK_WORDS: Record<Work, { verb: string; object: string; title: string; unfit: string }> = {
  cancel: { verb: "Cancel", object: "", title: "Cancel runs", unfit: "is over already" },
  retry: { verb: "Retry what failed", object: "in ", title: "Retry what failed", unfit: "has not failed" },
};

/** Whether it can be done to this run at all. */
export function fits(work: Work, line: RunLine): boolean {
  return work === "cancel" ? !isOver(line) : line.status === "failed" || line.status === "cancelled";
}

export interface Job {
  line: RunLine;
  id: string;
  state: "waits" | "busy" | "done" | "failed";
  said: string;
}

export function jobsOf(lines: readonly RunLine[]): Job[] {
  return lines.map((line) => ({ line, id: newId(), state: "waits", said: "" }));
}

const AT_ONCE = 4;

/** Tells of each change; those that are done already are passed over. */
export async function carryOut(work: Work, jobs: readonly Job[], tell: (job: Job) => void): Promise<void> {
  const left = jobs.filter((job) => job.state !== "done");
  async function take(): Promise<void> {
    for (let job = left.shift(); job; job = left.shift()) {
      tell({ ...job, state: "busy", said: "" });
      tell(await one(work, job));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, take));
}

async function one(work: Work, job: Job): Promise<Job> {
  try {
    return { ...job, ...(work === "cancel" ? await cancel(job) : await retry(job)) };
  } catch (error) {
    return { ...job, state: "failed", said: error instanceof Error ? error.message : String(error) };
  }
}

type Result = Pick<Job, "state" | "said">;

async function cancel({ id, line }: Job): Promise<Result> {
  return resultOf(await command({ what: "cancel", id, run: line.run, reason: "" }));
}

async function retry({ id, line }: Job): Promise<Result> {
  const body: Rerun = { id, scope: "failed" };
  const reply = await send<Accepted | Outcome>("POST", `/runs/${line.run}/rerun`, body);
  return "outcome" in reply ? resultOf(reply) : { state: "done", said: `New run ${reply.run.slice(0, 10)}` };
}

function resultOf({ outcome, reason }: Outcome): Result {
  return outcome === "refused" ? { state: "failed", said: reason } : { state: "done", said: reason || "Asked" };
}
