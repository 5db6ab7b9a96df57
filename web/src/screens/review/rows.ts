// The whole diff as one list of rows, which is what is made visible piece by piece. Pure.

import { notes, type ReviewFile } from "./files";
import type { Anchor, Side } from "./anchor";
import { pairs, type Hunk, type Line } from "./patch";

export type Layout = "unified" | "split";

/** `key` stays with a row as others come and go around it; `file` is a place in the list of files. */
export type Row = { key: string | number; file: number } & (
  | { type: "file" }
  | { type: "note"; text: string }
  | { type: "hunk"; hunk: number }
  | { type: "line"; hunk: number; left: number; right: number }
  | { type: "draft"; draft: string }
  | { type: "form" }
);

export interface Remark {
  id: string;
  at: Anchor;
}

export interface Shown {
  layout: Layout;
  /** Paths whose lines are put away. */
  closed: ReadonlySet<string>;
  drafts: readonly Remark[];
  /** Where a comment is being written. */
  form: Anchor | null;
}

let made = 0;
const kept = new WeakMap<ReviewFile, Map<Layout, Row[]>>();

export function rowsOf(files: readonly ReviewFile[], shown: Shown): Row[] {
  const rows: Row[] = [];
  files.forEach((file, index) => {
    rows.push({ key: `file ${file.path}`, type: "file", file: index });
    const said = shown.drafts.filter(({ at }) => at.path === file.path);
    const form = shown.form?.path === file.path ? shown.form : null;
    if (shown.closed.has(file.path) && !form) return;
    const body = bodyOf(file, index, shown.layout);
    for (const row of said.length || form ? withRemarks(file, index, body, said, form) : body) rows.push(row);
  });
  return rows;
}

function bodyOf(file: ReviewFile, index: number, layout: Layout): Row[] {
  const before = kept.get(file) ?? new Map<Layout, Row[]>();
  kept.set(file, before);
  const held = before.get(layout);
  if (held && (held[0]?.file ?? index) === index) return held;
  const rows = fresh(file, index, layout);
  before.set(layout, rows);
  return rows;
}

function fresh(file: ReviewFile, index: number, layout: Layout): Row[] {
  const rows: Row[] = notes(file).map((text) => ({ key: ++made, type: "note", file: index, text }));
  file.patch?.hunks.forEach((hunk, number) => {
    rows.push({ key: ++made, type: "hunk", file: index, hunk: number });
    const found = layout === "split" ? pairs(hunk.lines) : hunk.lines.map((_, at): [number, number] => [at, at]);
    for (const [left, right] of found) rows.push({ key: ++made, type: "line", file: index, hunk: number, left, right });
  });
  return rows;
}

/** Comments stand below the last line they are about; those whose line is not shown, at the top of their file. */
function withRemarks(
  file: ReviewFile,
  index: number,
  body: readonly Row[],
  drafts: readonly Remark[],
  form: Anchor | null,
): Row[] {
  const open = new Map<string | null, Anchor>(drafts.map((draft) => [draft.id, draft.at]));
  if (form) open.set(null, form);
  const rows: Row[] = [];
  for (const row of body) {
    rows.push(row);
    for (const [id, at] of open) {
      if (!isAt(file, row, at)) continue;
      rows.push(remark(index, id));
      open.delete(id);
    }
  }
  return [...[...open.keys()].map((id) => remark(index, id)), ...rows];
}

function remark(file: number, draft: string | null): Row {
  return draft === null ? { key: "form", type: "form", file } : { key: `draft ${draft}`, type: "draft", file, draft };
}

function isAt(file: ReviewFile, row: Row, { side, last }: Anchor): boolean {
  return lineOn(file, row, side)?.[side] === last && last > 0;
}

export function hunkOf(file: ReviewFile, row: Row): Hunk | undefined {
  return "hunk" in row ? file.patch?.hunks[row.hunk] : undefined;
}

/** The line of a row on a side, where the side has one. */
export function lineOn(file: ReviewFile, row: Row, side: Side): Line | undefined {
  if (row.type !== "line") return undefined;
  const line = hunkOf(file, row)?.lines[side === "old" ? row.left : row.right];
  return line && line[side] > 0 ? line : undefined;
}

/** Where a link leads: the row of its line, else of its file, else -1. */
export function rowAt(files: readonly ReviewFile[], rows: readonly Row[], at: Anchor): number {
  const file = files.findIndex(({ path }) => path === at.path);
  if (file < 0) return -1;
  const found = rows.findIndex((row) => row.file === file && lineOn(files[file] as ReviewFile, row, at.side)?.[at.side] === at.first);
  return found >= 0 && at.first ? found : rows.findIndex((row) => row.file === file);
}

/** What a row is called: its new line, where it has one, else its old one, else its file. */
export function placeOf(files: readonly ReviewFile[], row: Row): Anchor | null {
  const file = files[row.file];
  if (!file) return null;
  for (const side of ["new", "old"] as const) {
    const line = lineOn(file, row, side);
    if (line) return { path: file.path, side, first: line[side], last: line[side] };
  }
  return { path: file.path, side: "new", first: 0, last: 0 };
}

/** The next row of a kind in a direction; the same place when there is none. */
export function next(rows: readonly Row[], from: number, step: 1 | -1, wanted: (row: Row) => boolean): number {
  for (let at = from + step; at >= 0 && at < rows.length; at += step) if (wanted(rows[at] as Row)) return at;
  return from;
}

/** The text a comment is about, as it stood, so that it says what it means when the lines have moved. */
export function quoted(file: ReviewFile, { side, first, last }: Anchor): string[] {
  if (!first) return [];
  const lines = file.patch?.hunks.flatMap((hunk) => hunk.lines) ?? [];
  return lines.filter((line) => line[side] >= first && line[side] <= last).map((line) => line.text);
}
