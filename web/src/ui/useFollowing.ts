import type { Virtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, type KeyboardEvent } from "react";

/** Rows are measured as they come into view, which moves those below. */
const PLACING_FRAMES = 4;
const AWAY_KEYS = ["ArrowUp", "PageUp", "Home"];

/** Stays at the end while rows come and grow, until a person goes away from it; and again once they are back. */
export function useFollowing(
  rows: Virtualizer<HTMLDivElement, Element>,
  total: number,
  beginAt: number,
  /** The end of the rows is the end of the log. */
  isEnd: boolean,
  onFollow?: (follows: boolean) => void,
) {
  const follows = useRef(beginAt < 0);
  const placed = useRef(beginAt < 0);
  const target = useRef(beginAt);
  useLayoutEffect(() => {
    target.current = beginAt;
    if (follows.current && isEnd) rows.scrollToEnd();
    if (placed.current) return;
    return inFrames(PLACING_FRAMES, () => rows.scrollToIndex(target.current, { align: "center" }), () => (placed.current = true));
  }, [rows, total, beginAt, isEnd]);
  function set(next: boolean) {
    if (follows.current === next) return;
    follows.current = next;
    onFollow?.(next);
  }
  function leave() {
    placed.current = true;
    set(false);
  }
  return {
    /** It stands where it was to begin. */
    isPlaced: () => placed.current,
    leave(then: () => void) {
      leave();
      then();
    },
    join() {
      set(true);
      rows.scrollToEnd();
    },
    scrolled() {
      if (!follows.current && isEnd && placed.current && rows.isAtEnd()) set(true);
    },
    handlers: {
      onWheel: (event: { deltaY: number }) => event.deltaY < 0 && leave(),
      onTouchMove: leave,
      onPointerDown: leave,
      onKeyDown: (event: KeyboardEvent) => AWAY_KEYS.includes(event.key) && leave(),
    },
  };
}

function inFrames(count: number, work: () => void, then: () => void): () => void {
  let frame = requestAnimationFrame(function next() {
    work();
    if (--count > 0) frame = requestAnimationFrame(next);
    else then();
  });
  return () => cancelAnimationFrame(frame);
}
