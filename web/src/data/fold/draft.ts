// A view that is being changed: what a batch of events touches is copied once, the rest is shared with the old view.

import type { RunView } from "../run";
import type { AttemptLine, Event, RunDetail, RunLine, StepLine } from "../wire";

export type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** The lists of a detail that grow. */
type Growing = "steps" | "asks" | "proofs" | "questions";

export class Draft {
  readonly detail: RunDetail;
  readonly run: RunLine;
  private readonly copied = new Set<string>();

  constructor(before: RunView) {
    this.run = { ...before.detail.run };
    this.detail = { ...before.detail, run: this.run };
  }

  /** A list of its own, which may be changed. */
  own<Name extends Growing>(name: Name): RunDetail[Name] {
    if (this.isFirst(name)) this.detail[name] = this.detail[name].slice() as RunDetail[Name];
    return this.detail[name];
  }

  find(id: string): StepLine | undefined {
    return this.detail.steps.find(({ step }) => step === id);
  }

  /** A step that may be changed; undefined when the plan knows no such step. */
  step(id: string): StepLine | undefined {
    const at = this.detail.steps.findIndex(({ step }) => step === id);
    const step = this.detail.steps[at];
    if (!step || !this.isFirst(`step ${id}`)) return step;
    return (this.own("steps")[at] = { ...step });
  }

  changeAttempt(id: string, attempt: number, change: (line: AttemptLine) => Partial<AttemptLine>): void {
    const step = this.step(id);
    if (!step) return;
    step.attempts = step.attempts.map((line) => (line.attempt === attempt ? { ...line, ...change(line) } : line));
  }

  /** The plan was made anew. */
  setSteps(steps: StepLine[]): void {
    for (const name of [...this.copied]) if (name.startsWith("step ")) this.copied.delete(name);
    this.copied.add("steps");
    this.detail.steps = steps;
  }

  private isFirst(name: string): boolean {
    if (this.copied.has(name)) return false;
    this.copied.add(name);
    return true;
  }
}
