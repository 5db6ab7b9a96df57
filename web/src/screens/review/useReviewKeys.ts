// The keys of the review. They hold wherever the focus is on this screen, but in what one writes into.

import { useEffect, useRef } from "react";
import type { Row } from "./rows";

export interface Actions {
  move(step: 1 | -1, wanted: (row: Row) => boolean, extend?: boolean): void;
  view(): void;
  comment(): void;
  fold(): void;
  filter(): void;
}

const LINE = (row: Row) => row.type === "line" || row.type === "file";
const FILE = (row: Row) => row.type === "file";
const HUNK = (row: Row) => row.type === "hunk";

export const KEYS: readonly [keys: string, words: string][] = [
  ["j k", "next and last file"],
  ["n p", "next and last change"],
  ["↑ ↓", "line by line, with Shift to pick several"],
  ["c", "comment on the picked lines"],
  ["v", "mark the file as viewed"],
  ["o", "fold or open the file"],
  ["/", "filter the files"],
];

export function useReviewKeys(actions: Actions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      const done = act(event, latest.current);
      if (done) event.preventDefault();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

function act({ key, shiftKey, target }: KeyboardEvent, actions: Actions): boolean {
  const { move } = actions;
  const inDiff = target instanceof HTMLElement && target.getAttribute("role") === "grid";
  const arrows: Record<string, () => void> = inDiff
    ? { ArrowDown: () => move(1, LINE, shiftKey), ArrowUp: () => move(-1, LINE, shiftKey) }
    : {};
  const found: Record<string, () => void> = {
    ...arrows,
    j: () => move(1, FILE),
    k: () => move(-1, FILE),
    n: () => move(1, HUNK),
    p: () => move(-1, HUNK),
    c: actions.comment,
    v: actions.view,
    o: actions.fold,
    "/": actions.filter,
  };
  found[key]?.();
  return key in found;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]") !== null;
}
