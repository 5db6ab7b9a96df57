// How high a wrapped line is, known without drawing it: every character of code is as wide as any other. Pure.

import type { Line } from "./patch";

const MARK = 2;
const TAB = 4;
const PLAIN = /^[\x20-\x7e\t]*\r?$/;

const known = new WeakMap<Line, number>();

/** Places the text takes, its mark included; -1 when only drawing it can tell, as of wide characters. */
export function placesOf(line: Line): number {
  let places = known.get(line);
  if (places === undefined) {
    places = counted(line);
    known.set(line, places);
  }
  return places;
}

function counted({ text, open }: Line): number {
  if (open || !PLAIN.test(text)) return -1;
  if (!text.includes("\t")) return MARK + text.length;
  let places = MARK;
  for (const char of text) places = char === "\t" ? Math.floor(places / TAB) * TAB + TAB : places + 1;
  return places;
}

/** How many lines the longer of the sides takes; what cannot be known is taken for one until it is drawn. */
export function linesIn(columns: number, sides: readonly (Line | undefined)[]): number {
  const lines = sides.map((line) => (line && columns > 0 ? Math.ceil(placesOf(line) / columns) : 1));
  return Math.max(1, ...lines);
}

export function isKnown(sides: readonly (Line | undefined)[], most: number): boolean {
  return sides.every((line) => !line || (placesOf(line) >= 0 && line.text.length <= most));
}
