// From time to place: stretches in which nothing happens may be folded to a narrow gap. Pure.

import type { Row } from "./segments";

interface Piece {
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** Where it stands, in milliseconds of shown time. */
  at: number;
  wide: number;
  idle: boolean;
}

export interface Scale {
  pieces: readonly Piece[];
  /** Shown time altogether. */
  length: number;
}

const IDLE_SHOWN = 0.02;
/** Nobody works on it then. */
const RESTS = ["person", "queue"];

export function scaleOf(rows: readonly Row[], now: number, fold: boolean): Scale {
  const spans = rows.flatMap(({ segments }) => segments).map((one) => ({ ...one, to: one.to ?? now }));
  const from = spans.reduce((least, span) => Math.min(least, span.from), Infinity);
  const to = spans.reduce((most, span) => Math.max(most, span.to), -Infinity);
  if (to <= from) return { pieces: [], length: 0 };
  if (!fold) return { pieces: [{ from, to, at: 0, wide: to - from, idle: false }], length: to - from };
  return folded(busy(spans.filter(({ doing }) => !RESTS.includes(doing))), from, to);
}

/** The stretches in which somebody works, in order. */
function busy(spans: readonly { from: number; to: number }[]): { from: number; to: number }[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

function folded(work: readonly { from: number; to: number }[], from: number, to: number): Scale {
  const worked = work.reduce((sum, one) => sum + one.to - one.from, 0);
  const narrow = Math.max(worked * IDLE_SHOWN, 1);
  const pieces: Piece[] = [];
  let at = 0;
  function add(start: number, end: number, idle: boolean): void {
    if (end <= start) return;
    const folds = idle && end - start > 2 * narrow;
    const wide = folds ? narrow : end - start;
    pieces.push({ from: start, to: end, at, wide, idle: folds });
    at += wide;
  }
  let reached = from;
  for (const one of work) {
    add(reached, one.from, true);
    add(one.from, one.to, false);
    reached = one.to;
  }
  add(reached, to, true);
  return { pieces, length: at };
}

/** Where a moment stands, in shown milliseconds. */
export function place({ pieces }: Scale, time: number): number {
  const piece = pieces[lastAt(pieces, ({ from }) => from <= time)];
  if (!piece || time < piece.from) return 0;
  const share = Math.min(1, (time - piece.from) / (piece.to - piece.from));
  return piece.at + share * piece.wide;
}

/** Which moment stands there. */
export function timeAt({ pieces }: Scale, shown: number): number {
  const piece = pieces[lastAt(pieces, ({ at }) => at <= shown)];
  if (!piece) return NaN;
  const share = Math.min(1, Math.max(0, (shown - piece.at) / piece.wide));
  return piece.from + share * (piece.to - piece.from);
}

/** Index of the last piece that holds; the first when none does. */
function lastAt(pieces: readonly Piece[], holds: (piece: Piece) => boolean): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(pieces[middle]!)) low = middle;
    else high = middle - 1;
  }
  return low;
}
