// Events and steps for tests: only what a test is about has to be said.

import { newStep } from "../../../data/empty";
import type { AttemptLine, Event, StepLine } from "../../../data/wire";

export const BEGAN = Date.parse("2026-01-01T00:00:00Z");

/** A time so many seconds after the beginning. */
export function at(seconds: number): string {
  return new Date(BEGAN + seconds * 1000).toISOString();
}

export function event(seq: number, seconds: number, step: string, fields: { kind: string; [name: string]: unknown }): Event {
  return { seq, time: at(seconds), run: "r1", pool: "coder", step, v: 1, ...fields } as unknown as Event;
}

export function step(id: string, change: Partial<StepLine> = {}): StepLine {
  return { ...newStep(id), ...change };
}

export function attempt(number: number, from: number, to: number | null, change: Partial<AttemptLine> = {}): AttemptLine {
  return {
    attempt: number,
    round: 1,
    worker: "host:1",
    outcome: to === null ? "running" : "done",
    started_at: at(from),
    ended_at: to === null ? "" : at(to),
    session: "",
    isolation: "",
    test_command: "",
    base_commit: "",
    notes: [],
    applied: [],
    ...change,
  };
}

/** Numbers that look random and are the same each time. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const roll = dice(seed);
  return items
    .map((item) => [roll(1_000_000), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
