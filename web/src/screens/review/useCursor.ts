// Where the keyboard is in the rows, and which lines are picked.

import { useEffect, useState } from "react";
import { anchorOf, parseAnchor, type Anchor } from "./anchor";
import type { ReviewFile } from "./files";
import { lineOn, next, placeOf, rowAt, type Row } from "./rows";

export interface Cursor {
  index: number;
  picked: Anchor | null;
}

const NOWHERE: Cursor = { index: -1, picked: null };
const ADDRESS_AFTER_MS = 400;

export function useCursor(files: readonly ReviewFile[], rows: readonly Row[], show: (index: number) => void) {
  const [cursor, setCursor] = useState<Cursor>(NOWHERE);
  const go = (index: number, extend = false, side: "old" | "new" | null = null) => {
    const row = rows[index];
    if (!row) return;
    setCursor(({ picked }) => ({ index, picked: pick(files, row, extend ? picked : null, side) }));
    show(index);
  };
  const move = (step: 1 | -1, wanted: (row: Row) => boolean, extend = false) => go(next(rows, cursor.index, step, wanted), extend);
  useLinkedPlace(files, rows, go);
  useAddress(cursor.picked);
  return { cursor, go, move };
}

/** The line of the row, on the side that was pointed at or the one it has; with a picked one, the lines from there. */
function pick(files: readonly ReviewFile[], row: Row, from: Anchor | null, side: "old" | "new" | null): Anchor | null {
  const file = files[row.file];
  const line = side && file ? lineOn(file, row, side) : undefined;
  const place: Anchor | null = line && file && side ? { path: file.path, side, first: line[side], last: line[side] } : placeOf(files, row);
  if (!from?.first || !place) return place;
  if (from.path !== place.path || from.side !== place.side || !place.first) return from; // a pick is within one side of a file
  const pivot = place.first < from.first ? from.last : from.first;
  return { ...place, first: Math.min(pivot, place.first), last: Math.max(pivot, place.first) };
}

/** Once the rows are there, and whenever somebody follows a link within the page. */
function useLinkedPlace(files: readonly ReviewFile[], rows: readonly Row[], go: (index: number) => void): void {
  const there = rows.length > 0;
  useEffect(() => {
    if (!there) return;
    const follow = () => {
      const place = parseAnchor(location.hash);
      if (place) go(rowAt(files, rows, place));
    };
    follow();
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, [there]);
}

/** The picked lines stand in the address, for links; a moment later, as browsers limit how often it changes. */
function useAddress(picked: Anchor | null): void {
  useEffect(() => {
    if (!picked) return;
    const timer = setTimeout(() => history.replaceState(history.state, "", `#${anchorOf(picked)}`), ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [picked]);
}
