// Which events of a log are wanted. The same rules as the server's, for events that come live. Pure.

import type { Event, Evidence } from "../../../data/wire";

export interface Filters {
  /** Kinds, or beginnings of kinds that end in a dot; none: all. */
  kinds: readonly string[];
  step: string;
  text: string;
  errors: boolean;
}

export const EVERYTHING: Filters = { kinds: [], step: "", text: "", errors: false };

/** What a step said and did. By these names, and not by what they begin with, the broker has them at hand. */
const SAID_AND_DONE = ["started", "opened", "turn", "steered", "waiting", "released", "done", "failed"];

export function ofStep(step: string): Filters {
  return { ...EVERYTHING, kinds: SAID_AND_DONE.map((type) => `step.${type}`), step };
}

/** What a person picks from: words for groups of kinds. */
export const GROUPS: readonly (readonly [kinds: string, words: string])[] = [
  ["run.", "Run and plan"],
  ["step.", "Steps"],
  ["step.turn", "Turns"],
  ["model.answered", "Model calls"],
  ["evidence.recorded", "Evidence"],
  ["ask.", "People"],
];

/** Kinds that may tell of something that went wrong. */
const TROUBLE = ["step.failed", "step.turn", "step.released", "step.steered", "evidence.recorded", "run."];

export function isWanted(event: Event, { kinds, step, text, errors }: Filters): boolean {
  if (step && stepOf(event) !== step) return false;
  if (kinds.length && !kinds.some((kind) => isOf(event.kind, kind))) return false;
  if (errors && !isError(event)) return false;
  return !text || JSON.stringify(event).toLowerCase().includes(text.toLowerCase());
}

/** The step whose log it stands in; what people ask and are told stands in none. */
function stepOf({ kind, step }: Event): string {
  return kind.startsWith("ask.") || kind.startsWith("run.") ? "" : step;
}

function isOf(kind: string, wanted: string): boolean {
  return wanted.endsWith(".") ? kind.startsWith(wanted) : kind === wanted;
}

export function isError(event: Event): boolean {
  switch (event.kind) {
    case "step.failed":
    case "step.released":
      return true;
    case "step.turn":
      return event.results.some((result) => (result.exit_code ?? 0) !== 0);
    case "evidence.recorded":
      return !holds(event.evidence);
    case "run.finished":
      return event.failure !== null;
    case "run.heard":
      return !event.accepted;
    default:
      return false;
  }
}

/** Evidence for less than the whole suite is only recorded when it holds, though other tests may fail. */
export function holds({ check, exit_code }: Evidence): boolean {
  return check !== "suite" || exit_code === 0;
}

/** The part of the filters that the server applies; errors it can only narrow down to. */
export function asQuery({ kinds, step, text, errors }: Filters): { kinds: string; step: string; text: string } {
  const narrowed = errors && !kinds.length ? TROUBLE : kinds;
  return { kinds: narrowed.join(","), step, text };
}

export function isFiltered(filters: Filters): boolean {
  return filters.kinds.length > 0 || !!filters.step || !!filters.text || filters.errors;
}
