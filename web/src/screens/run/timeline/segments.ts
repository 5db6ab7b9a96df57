// How a run's time was spent: rows of steps and attempts, cut into segments. Pure.

import type { AttemptLine, StepLine } from "../../../data/wire";
import type { Mark } from "./marks";

/** `work`: what exactly is not known, because the events are not at hand. */
export type Doing = "queue" | "opening" | "model" | "tool" | "tests" | "person" | "work";

export interface Segment {
  doing: Doing;
  from: number;
  /** null: it goes on. */
  to: number | null;
  /** The turn it belongs to; 0: none. */
  turn: number;
}

export interface Row {
  step: string;
  /** 0: the row of the step itself. */
  attempt: number;
  outcome: string;
  from: number;
  to: number | null;
  segments: Segment[];
}

/** Each step, and below it each attempt when there are several. */
export function rowsOf(steps: readonly StepLine[], marks: readonly Mark[]): Row[] {
  const byStep = new Map<string, Mark[]>(steps.map(({ step }) => [step, []]));
  for (const mark of marks) byStep.get(mark.step)?.push(mark);
  return steps.flatMap((step) => rowsOfStep(step, byStep.get(step.step) ?? []));
}

function rowsOfStep(step: StepLine, marks: readonly Mark[]): Row[] {
  const first = Date.parse(step.attempts[0]?.started_at ?? "");
  const cut = segmentsOf(step, marks);
  const from = cut[0]?.from ?? first;
  if (Number.isNaN(from) || from === undefined) return [emptyRow(step)];
  const to = step.ended_at ? Date.parse(step.ended_at) : null;
  const whole: Row = { step: step.step, attempt: 0, outcome: step.state, from, to, segments: cut };
  if (step.attempts.length < 2) return [whole];
  return [whole, ...step.attempts.map((attempt) => rowOfAttempt(step.step, attempt, cut))];
}

function emptyRow(step: StepLine): Row {
  return { step: step.step, attempt: 0, outcome: step.state, from: NaN, to: NaN, segments: [] };
}

function rowOfAttempt(step: string, attempt: AttemptLine, cut: readonly Segment[]): Row {
  const from = Date.parse(attempt.started_at);
  const to = attempt.ended_at ? Date.parse(attempt.ended_at) : null;
  const within = cut.filter((one) => one.from < (to ?? Infinity) && (one.to ?? Infinity) > from);
  const segments = within.filter(({ doing }) => doing !== "queue" && doing !== "person");
  return { step, attempt: attempt.attempt, outcome: attempt.outcome, from, to, segments };
}

/** Everything known about a step's time, in order and without overlap: exact where there are marks. */
export function segmentsOf(step: StepLine, marks: readonly Mark[]): Segment[] {
  const known = new Cutter(step).cut(marks);
  const begin = known[0]?.from ?? Infinity;
  return [...roughly(step.attempts, begin), ...known];
}

/** From the attempts alone, as far as the first exact moment. */
function roughly(attempts: readonly AttemptLine[], until: number): Segment[] {
  const spans = attempts.map(({ started_at, ended_at }) => ({
    from: Date.parse(started_at),
    to: ended_at ? Date.parse(ended_at) : null,
  }));
  return spans
    .filter(({ from }) => from < until)
    .map(({ from, to }) => ({ doing: "work", from, to: until === Infinity ? to : Math.min(to ?? until, until), turn: 0 }));
}

class Cutter {
  private readonly done: Segment[] = [];
  private since = NaN;
  private doing: Doing = "queue";
  private attempt = 0;
  /** How many segments know their turn. */
  private named = 0;

  constructor(private readonly step: StepLine) {}

  cut(marks: readonly Mark[]): Segment[] {
    for (const mark of marks) this.take(mark);
    if (!Number.isNaN(this.since)) this.goesOn();
    return this.done;
  }

  private take(mark: Mark): void {
    switch (mark.what) {
      case "ready":
        if (Number.isNaN(this.since) || this.doing === "person") this.next(mark.at, "queue");
        return;
      case "started":
        return this.next(mark.at, "opening");
      case "opened":
        return this.next(mark.at, "model");
      case "answered":
        if (this.doing !== "queue" && this.doing !== "person") this.next(mark.at, "tool");
        return;
      case "tested":
        return this.testsEnded(mark);
      case "turn":
        return this.turnEnded(mark);
      case "waiting":
        return this.next(mark.at, "person");
      case "left":
        if (!mark.attempt || mark.attempt === this.step.attempt || mark.attempt === this.attempt) this.stop(mark.at);
    }
  }

  private turnEnded(mark: Mark): void {
    this.attempt = mark.attempt;
    if (Number.isNaN(this.since)) this.since = mark.at; // the events before it are not at hand
    if (mark.tests && this.doing === "tool") this.doing = "tests";
    if (this.doing === "model" || this.doing === "opening") this.doing = "work"; // its answer is not at hand
    this.next(mark.at, "model");
    for (; this.named < this.done.length; this.named++) this.done[this.named]!.turn = mark.turn;
  }

  /** The tests ran at the end of what was a tool call so far. */
  private testsEnded({ at, took }: Mark): void {
    if (Number.isNaN(this.since) || this.doing === "queue" || this.doing === "person") return;
    this.next(Math.max(this.since, at - took), "tests");
    this.next(at, "tool");
  }

  private next(at: number, doing: Doing): void {
    if (!Number.isNaN(this.since) && at > this.since) this.push(at);
    this.since = Number.isNaN(this.since) ? at : Math.max(at, this.since);
    this.doing = doing;
  }

  private push(to: number | null): void {
    this.done.push({ doing: this.doing, from: this.since, to, turn: 0 });
  }

  private stop(at: number): void {
    this.next(at, "queue");
    this.since = NaN;
    this.named = this.done.length;
  }

  private goesOn(): void {
    const ended = this.step.ended_at ? Date.parse(this.step.ended_at) : null;
    if (ended === null || ended > this.since) this.push(ended);
  }
}
