// What is compared: up to four runs, steps or attempts, as the address names them, and what is said of each. Pure.

import type { Checkpoints, Evidence, RunDetail, Spent, StepLine, TestCounts, TurnLine } from "../../data/wire";
import type { CompareSearch } from "./search";

export interface Side {
  run: string;
  /** Empty: the whole run. */
  step: string;
  /** 0: the step as a whole. */
  attempt: number;
}

export const MOST_SIDES = 4;
const LETTERS = ["a", "b", "c", "d"] as const;

export function sidesOf(search: CompareSearch): Side[] {
  const named = LETTERS.flatMap((letter) => search[letter] ?? []);
  const texts = named.length ? named : (search.runs ?? "").split(",").filter(Boolean);
  const sides = new Map(texts.map(parseSide).map((side) => [sideText(side), side]));
  return [...sides.values()].filter(({ run }) => run !== "").slice(0, MOST_SIDES);
}

export function parseSide(text: string): Side {
  const [run = "", step = "", attempt = ""] = text.trim().split(":");
  const number = Number.parseInt(attempt, 10);
  return { run, step, attempt: number > 0 ? number : 0 };
}

export function sideText({ run, step, attempt }: Side): string {
  return [run, ...(step ? [step] : []), ...(step && attempt ? [String(attempt)] : [])].join(":");
}

/** The address of a comparison. */
export function asSearch(sides: readonly Side[], path?: string): CompareSearch {
  const texts = sides.slice(0, MOST_SIDES).map(sideText);
  return { ...Object.fromEntries(texts.map((text, at) => [LETTERS[at], text])), path };
}

export interface Figures {
  name: string;
  status: string;
  tone: "good" | "bad" | "busy" | "quiet" | "warn";
  tests: TestCounts | null;
  spent: Spent | null;
  /** Null while it goes on. */
  seconds: number | null;
  turns: number;
  summary: string;
  /** The states whose difference is what it did. */
  from: string;
  to: string;
}

/** Null when the run has no such step or attempt. */
export function figuresOf(side: Side, detail: RunDetail, points: Checkpoints, turns: readonly TurnLine[]): Figures | null {
  if (!side.step) return ofRun(detail);
  const line = detail.steps.find(({ step }) => step === side.step);
  if (!line) return null;
  return side.attempt ? ofAttempt(side.attempt, line, points, turns) : ofStep(line, detail);
}

const TONES: Record<string, Figures["tone"]> = {
  succeeded: "good",
  done: "good",
  failed: "bad",
  lost: "bad",
  running: "busy",
  waiting: "warn",
  paused: "warn",
};

function tone(status: string): Figures["tone"] {
  return TONES[status] ?? "quiet";
}

function ofRun({ run, evidence, proofs }: RunDetail): Figures {
  const status = run.held || run.status;
  const last = evidence ?? proofs.at(-1)?.evidence;
  const seconds = between(run.submitted_at, run.finished_at);
  const { spent, turns, summary } = run;
  return { name: run.task, status, tone: tone(status), tests: last?.tests ?? run.tests, spent, seconds, turns, summary, from: "base", to: "newest" };
}

function ofStep(line: StepLine, detail: RunDetail): Figures {
  const { step, state, spent, turns, summary, attempts, ended_at } = line;
  const seen = evidenceOf(line, detail);
  const seconds = between(attempts[0]?.started_at ?? "", ended_at);
  const states = { from: `start:${step}`, to: `step:${step}` };
  return { name: step, status: state, tone: tone(state), tests: seen?.tests ?? null, spent, seconds, turns, summary, ...states };
}

function evidenceOf({ step, evidence }: StepLine, { proofs }: RunDetail): Evidence | undefined {
  const own = proofs.filter((proof) => proof.step === step);
  return (own.find((proof) => proof.evidence.id === evidence) ?? own.at(-1))?.evidence;
}

function ofAttempt(attempt: number, line: StepLine, { checkpoints }: Checkpoints, turns: readonly TurnLine[]): Figures | null {
  const found = line.attempts.find((one) => one.attempt === attempt);
  if (!found) return null;
  const own = turns.filter((turn) => turn.step === line.step && turn.attempt === attempt);
  const end = checkpoints.findLast((point) => point.step === line.step && point.attempt === attempt);
  const last = attempt === line.attempt;
  return {
    name: `${line.step}, attempt ${attempt}`,
    status: found.outcome,
    tone: tone(found.outcome),
    tests: null,
    spent: spentBy(own),
    seconds: between(found.started_at, found.ended_at),
    turns: own.length,
    summary: last ? line.summary || (line.failure?.message ?? "") : "",
    from: `start:${line.step}`,
    to: end?.name ?? `start:${line.step}`,
  };
}

function spentBy(turns: readonly TurnLine[]): Spent {
  const sum = (pick: (turn: TurnLine) => number) => turns.reduce((total, turn) => total + pick(turn), 0);
  const unpriced = turns.filter(({ cost_usd }) => cost_usd === null).length;
  const known = sum(({ cost_usd }) => cost_usd ?? 0);
  return {
    calls: turns.length,
    input_tokens: sum(({ input_tokens }) => input_tokens),
    output_tokens: sum(({ output_tokens }) => output_tokens),
    cached_tokens: sum(({ cached_tokens }) => cached_tokens),
    cost_usd: unpriced ? null : known,
    known_usd: known,
    unpriced,
  };
}

function between(from: string, to: string): number | null {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return Number.isNaN(seconds) ? null : seconds;
}

/** The turn a new run goes on after: the attempt's last one, but not the one that handed in. 0: it begins anew. */
export function turnToGoOn({ to, status }: Pick<Figures, "to" | "status">): number {
  const last = Number(/^turn:.*:(\d+)$/.exec(to)?.[1] ?? 0);
  return status === "done" ? Math.max(last - 1, 0) : last;
}

/** Which sides are best at a figure: those with the least, or the most, when not all are the same. */
export function best(values: readonly (number | null)[], most = false): Set<number> {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2 || known.every((value) => value === known[0])) return new Set();
  const goal = most ? Math.max(...known) : Math.min(...known);
  return new Set(values.flatMap((value, at) => (value === goal ? [at] : [])));
}

/** The sides a run offers by itself: the attempts of a step that had several, else its steps' last attempts. */
export function attemptsOf({ run, steps }: RunDetail, step: string): Side[] {
  const several = steps.filter(({ attempts }) => attempts.length > 1);
  const line = steps.find((one) => one.step === step) ?? several[0] ?? steps.find(({ attempts }) => attempts.length > 0);
  const found = (line?.attempts ?? []).map(({ attempt }) => ({ run: run.run, step: line?.step ?? "", attempt }));
  return found.slice(-MOST_SIDES);
}
