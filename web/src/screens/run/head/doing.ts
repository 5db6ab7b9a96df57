// What a person has asked for that is not so yet. Pure.

import type { RunDetail } from "../../../data/wire";
import { isOver } from "../../../data/words";

export type Doing = "" | "cancelling" | "pausing" | "resuming";

export const DOING: Record<Exclude<Doing, "">, string> = {
  cancelling: "Stopping…",
  pausing: "Pausing…",
  resuming: "Going on…",
};

/** `sent`: the verb of a command that is on its way from this page. */
export function doing({ run, asks, steps }: RunDetail, sent: string): Doing {
  if (isOver(run)) return "";
  if (sent === "cancel" || asks.some(({ what, accepted }) => what === "cancel" && accepted !== false)) return "cancelling";
  const unjudged = asks.findLast(({ what, accepted }) => accepted === null && (what === "pause" || what === "resume"));
  const asked = sent === "pause" || sent === "resume" ? sent : unjudged?.what;
  if (asked === "resume") return "resuming";
  const atWork = steps.some(({ state }) => state === "running");
  return asked === "pause" || (run.held === "paused" && atWork) ? "pausing" : "";
}

/** What a stop ends and what it leaves, in short sentences. */
export function whatStops({ steps, run }: RunDetail): { stops: string[]; stays: string[] } {
  const running = steps.filter(({ state }) => state === "running" || state === "waiting");
  const ahead = steps.filter(({ state }) => state === "pending" || state === "ready");
  const done = steps.filter(({ state }) => state === "done");
  const stops = running.map(({ step, attempt }) => `${step} is stopped in attempt ${attempt}`);
  if (ahead.length) stops.push(`${names(ahead)} will not start`);
  const stays = done.length ? [`What ${names(done)} did keeps its commit`] : [];
  stays.push(`The log with its ${run.turns} turns, all checkpoints and costs`);
  stays.push("“Run again” can go on from any step later");
  return { stops, stays };
}

function names(steps: readonly { step: string }[]): string {
  const shown = steps.slice(0, 4).map(({ step }) => step);
  const more = steps.length - shown.length;
  return more ? `${shown.join(", ")} and ${more} more` : shown.join(" and ");
}
