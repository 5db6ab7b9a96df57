// How high the rows of a diff are, and how wide: known without drawing them, as far as it can be. Pure.

import { MOST_CHARS } from "./DiffLine";
import type { ReviewFile } from "./files";
import type { Line } from "./patch";
import { hunkOf, type Row } from "./rows";
import { isKnown, linesIn } from "./wrapping";

export const HEIGHTS: Record<Row["type"], number> = { file: 40, note: 32, hunk: 28, line: 21, draft: 96, form: 190 };

export function sidesOf(file: ReviewFile | undefined, row: Row): [Line | undefined, Line | undefined] {
  if (row.type !== "line" || !file) return [undefined, undefined];
  const lines = hunkOf(file, row)?.lines;
  return [lines?.[row.left], lines?.[row.right]];
}

export function heightOf(files: readonly ReviewFile[], row: Row | undefined, columns: number): number {
  if (!row) return HEIGHTS.line;
  const lines = row.type === "line" && columns ? linesIn(columns, sidesOf(files[row.file], row)) : 1;
  return HEIGHTS[row.type] * lines;
}

/** Only what has no height one could know is measured: that costs much in a long list. */
export function isMeasured(files: readonly ReviewFile[], row: Row, wrap: boolean): boolean {
  if (row.type === "draft" || row.type === "form") return true;
  return wrap && row.type === "line" && !isKnown(sidesOf(files[row.file], row), MOST_CHARS);
}

const lengths = new WeakMap<ReviewFile, number>();

/** In characters, for the width all rows share. */
export function longest(files: readonly ReviewFile[]): number {
  let most = 0;
  for (const file of files) {
    let own = lengths.get(file);
    if (own === undefined) {
      own = 0;
      for (const hunk of file.patch?.hunks ?? []) for (const { text } of hunk.lines) own = Math.max(own, width(text));
      lengths.set(file, own);
    }
    most = Math.max(most, own);
  }
  return Math.min(most, MOST_CHARS);
}

function width(text: string): number {
  return text.includes("\t") ? text.length + 3 * (text.split("\t").length - 1) : text.length;
}
