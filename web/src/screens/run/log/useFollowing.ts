import type { Virtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, type KeyboardEvent } from "react";

const AWAY_KEYS = ["ArrowUp", "PageUp", "Home"];

/** Stays at the end while rows come and grow, until a person goes away from it; and again once they are back. */
export function useFollowing(
  rows: Virtualizer<HTMLDivElement, Element>,
  total: number,
  beginAt: number,
  onFollow?: (follows: boolean) => void,
) {
  const follows = useRef(beginAt < 0);
  const placed = useRef(false);
  useLayoutEffect(() => {
    if (follows.current) rows.scrollToEnd();
    else if (!placed.current) rows.scrollToIndex(beginAt, { align: "center" });
    placed.current = true;
  }, [rows, total, beginAt]);
  function set(next: boolean) {
    if (follows.current === next) return;
    follows.current = next;
    onFollow?.(next);
  }
  const leave = () => set(false);
  return {
    leave(then: () => void) {
      set(false);
      then();
    },
    join() {
      set(true);
      rows.scrollToEnd();
    },
    scrolled() {
      if (!follows.current && rows.isAtEnd()) set(true);
    },
    handlers: {
      onWheel: (event: { deltaY: number }) => event.deltaY < 0 && leave(),
      onTouchMove: leave,
      onPointerDown: leave,
      onKeyDown: (event: KeyboardEvent) => AWAY_KEYS.includes(event.key) && leave(),
    },
  };
}
