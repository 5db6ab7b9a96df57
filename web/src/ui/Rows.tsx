import "./Rows.css";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useImperativeHandle, useRef, type ReactNode, type Ref } from "react";
import { useFollowing } from "./useFollowing";

export interface RowsHandle {
  toStart(): void;
  toEnd(): void;
}

interface Props {
  label: string;
  count: number;
  keyOf(index: number): string | number;
  row(index: number): ReactNode;
  /** About how high a row is, in pixels; the real height is measured. */
  estimate: number;
  /** The first rows are near. */
  onStart(): void;
  /** The last rows are near. */
  onEnd(): void;
  /** Whether it follows the end, as that changes. */
  onFollow?(follows: boolean): void;
  /** Nothing is missing after the last row. */
  isEnd: boolean;
  /** The row to begin at; below zero: the end. */
  beginAt?: number;
  className?: string;
  handle?: Ref<RowsHandle>;
}

const NEAR_ROWS = 12;
const AHEAD_PX = 240;
const BORDERS_PX = 2;

/** Of any number of rows those in view. They are added at both ends without moving what is read, and their end is
 * followed only while it is in view. The class gives the height; fewer rows take less. */
export function Rows(props: Props) {
  const { label, count, keyOf, row, estimate, onStart, onEnd, onFollow, isEnd, beginAt = -1, className = "", handle } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimate,
    getItemKey: keyOf,
    overscan: Math.ceil(AHEAD_PX / estimate),
    anchorTo: "end",
    scrollEndThreshold: 24,
  });
  const total = rows.getTotalSize();
  const following = useFollowing(rows, total, beginAt, isEnd, onFollow);
  function look() {
    const element = scroller.current;
    if (!element || !following.isPlaced()) return;
    const near = NEAR_ROWS * estimate;
    if (element.scrollTop < near) onStart();
    if (element.scrollHeight - element.scrollTop - element.clientHeight < near) onEnd();
  }
  useEffect(() => {
    // There is nothing to scroll, or it begins where more may come.
    const height = scroller.current?.clientHeight ?? 0;
    if (total <= height) onStart();
    if (total <= height || beginAt > count - NEAR_ROWS) onEnd();
  }, [total, count, beginAt, onStart, onEnd]);
  useImperativeHandle(handle, () => ({
    toStart: () => following.leave(() => rows.scrollToOffset(0)),
    toEnd: () => following.join(),
  }));
  return (
    <div
      ref={scroller}
      className={`rows ${className}`}
      role="region"
      aria-label={label}
      tabIndex={0}
      style={{ maxHeight: total + BORDERS_PX }}
      {...following.handlers}
      onScroll={() => {
        following.scrolled();
        look();
      }}
    >
      <ol className="rows-all" style={{ height: total }} aria-label={label}>
        {rows.getVirtualItems().map((item) => (
          <li
            key={item.key}
            ref={rows.measureElement}
            data-index={item.index}
            style={{ transform: `translateY(${item.start}px)` }}
            aria-setsize={count}
            aria-posinset={item.index + 1}
          >
            {row(item.index)}
          </li>
        ))}
      </ol>
    </div>
  );
}
