// To whom a comment goes: the step that wrote the line, when it can still hear; else one that is at work; when the run has
// ended, to a new run that goes on from there. Pure.

import type { BlameRange, Checkpoints, RunDetail, StepLine } from "../../data/wire";
import type { Draft } from "./drafts";

export interface Sending {
  /** Messages to steps of this run. */
  messages: { step: string; why: string; drafts: Draft[] }[];
  /** A new run that begins anew at a step, as this one has ended. */
  rerun: { step: string; drafts: Draft[] } | null;
  /** Comments nobody can hear now. */
  stuck: Draft[];
}

/** Who can hear, best first. */
const HEARING: readonly StepLine["state"][] = ["running", "waiting", "ready", "pending"];

export function sendingOf(drafts: readonly Draft[], detail: RunDetail, writers: ReadonlyMap<string, string>): Sending {
  if (detail.run.finished_at) return { messages: [], rerun: rerunOf(drafts, detail.steps, writers), stuck: [] };
  const messages = new Map<string, Sending["messages"][number]>();
  const stuck: Draft[] = [];
  for (const draft of drafts) {
    const to = hearer(detail.steps, writers.get(draft.id) ?? "");
    if (!to) stuck.push(draft);
    else messages.set(to.step, { ...to, drafts: [...(messages.get(to.step)?.drafts ?? []), draft] });
  }
  return { messages: [...messages.values()], rerun: null, stuck };
}

function hearer(steps: readonly StepLine[], writer: string): { step: string; why: string } | null {
  const hears = steps.filter(({ state }) => HEARING.includes(state)).sort(byHearing);
  if (hears.some(({ step }) => step === writer)) return { step: writer, why: "it wrote the line" };
  const after = hears.find(({ step }) => buildsOn(steps, step, writer));
  if (after) return { step: after.step, why: `it builds on ${writer}, which wrote the line` };
  const any = hears[0];
  return any ? { step: any.step, why: "it is at work now" } : null;
}

function byHearing(one: StepLine, other: StepLine): number {
  return HEARING.indexOf(one.state) - HEARING.indexOf(other.state);
}

function rerunOf(drafts: readonly Draft[], steps: readonly StepLine[], writers: ReadonlyMap<string, string>): Sending["rerun"] {
  const plan = steps.filter(({ state }) => state !== "dropped").map(({ step }) => step);
  if (!drafts.length || !plan.length) return null;
  const wrote = drafts.map(({ id }) => writers.get(id) ?? "").filter((step) => plan.includes(step));
  const first = wrote.find((step) => wrote.every((other) => other === step || !buildsOn(steps, step, other)));
  return { step: first ?? plan.at(-1) ?? "", drafts: [...drafts] };
}

/** Whether a step needs another, also by way of others. */
export function buildsOn(steps: readonly Pick<StepLine, "step" | "needs">[], step: string, on: string): boolean {
  const needs = new Map(steps.map((line) => [line.step, line.needs]));
  const seen = new Set<string>();
  const open = [...(needs.get(step) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === on) return true;
    if (!seen.has(next)) open.push(...(needs.get(next) ?? []));
    seen.add(next);
  }
  return false;
}

/** The last turn of a step before it handed in: going on after it keeps what it had done. 0: it begins anew. */
export function turnBefore({ checkpoints }: Checkpoints, step: string): number {
  const turns = checkpoints.filter((point) => point.kind === "turn" && point.step === step).map(({ turn }) => turn);
  return Math.max(Math.max(0, ...turns) - 1, 0);
}

/** The step a line came in with; empty when it was there before the run. */
export function writerOf(ranges: readonly BlameRange[], line: number): string {
  const range = ranges.find(({ first, lines }) => line >= first && line < first + lines);
  return range?.kind === "base" ? "" : (range?.step ?? "");
}
