// Which step wrote which line, for the gutter beside a file. Pure.

import type { BlameRange } from "../../data/wire";

export interface Writer {
  /** Said at the first line of a range only. */
  words: string;
  /** Empty when the line was there before the run. */
  step: string;
  turn: number;
  checkpoint: string;
  /** Of its step, so that neighbours can be told apart. */
  colour: number;
  first: boolean;
}

const COLOURS = 6;

export function writersOf(ranges: readonly BlameRange[], lines: number): (Writer | undefined)[] {
  const found = new Array<Writer | undefined>(lines);
  const steps = [...new Set(ranges.map(({ step }) => step).filter(Boolean))];
  for (const range of ranges) {
    const writer = { words: words(range), step: stepOf(range), turn: range.turn, checkpoint: range.checkpoint, colour: steps.indexOf(range.step) % COLOURS };
    for (let at = range.first - 1; at < range.first - 1 + range.lines && at < lines; at += 1)
      found[at] = { ...writer, first: at === range.first - 1 };
  }
  return found;
}

function stepOf({ kind, step }: BlameRange): string {
  return kind === "base" ? "" : step;
}

function words({ kind, step, turn }: BlameRange): string {
  if (kind === "base") return "before the run";
  if (kind === "start") return `merge for ${step}`;
  return turn ? `${step}, turn ${turn}` : step;
}
