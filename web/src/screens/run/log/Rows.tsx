import "./rows.css";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useImperativeHandle, useRef, type CSSProperties, type ReactNode, type Ref } from "react";

export interface RowsHandle {
  toStart(): void;
  toEnd(): void;
  /** To a row, by its index. */
  to(index: number): void;
}

interface Props {
  label: string;
  count: number;
  keyOf(index: number): string | number;
  row(index: number): ReactNode;
  /** About how high a row is, in pixels; the real height is measured. */
  estimate: number;
  /** The first rows came into view. */
  onStart(): void;
  /** The last rows came into view. */
  onEnd(): void;
  /** Whether the end is in view, as it changes. */
  onFollow?(follows: boolean): void;
  /** Where to begin; the end unless it says otherwise. */
  beginAt?: number;
  className?: string;
  handle?: Ref<RowsHandle>;
}

const NEAR = 10;
const END_PX = 24;

/** Rows that are added at both ends without moving what is read, and that follow the end only while it is in view. */
export function Rows(props: Props) {
  const { label, count, keyOf, row, estimate, onStart, onEnd, onFollow, beginAt = -1, className = "", handle } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimate,
    getItemKey: keyOf,
    overscan: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END_PX,
  });
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current || !count) return;
    begun.current = true;
    if (beginAt >= 0) rows.scrollToIndex(beginAt, { align: "center" });
    else rows.scrollToEnd();
  }, [count, beginAt, rows]);
  const items = rows.getVirtualItems();
  const [first, last] = [items[0]?.index ?? -1, items.at(-1)?.index ?? -1];
  useEffect(() => {
    if (begun.current && first >= 0 && first < NEAR) onStart();
    if (begun.current && last >= count - NEAR) onEnd();
  }, [first, last, count, onStart, onEnd]);
  useImperativeHandle(handle, () => ({
    toStart: () => rows.scrollToOffset(0),
    toEnd: () => rows.scrollToEnd(),
    to: (index) => rows.scrollToIndex(index, { align: "auto" }),
  }));
  return (
    <div
      ref={scroller}
      className={`rows ${className}`}
      role="region"
      aria-label={label}
      tabIndex={0}
      style={{ "--rows": `${rows.getTotalSize() + 2}px` } as CSSProperties}
      onScroll={() => onFollow?.(rows.isAtEnd(END_PX))}
    >
      <ol className="rows-all" style={{ height: rows.getTotalSize() }} aria-label={label}>
        {items.map((item) => (
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
