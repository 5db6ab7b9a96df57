import "./VirtualList.css";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useImperativeHandle, useRef, type ReactNode, type Ref } from "react";

export interface ListHandle {
  toStart(): void;
  toEnd(): void;
  to(index: number): void;
}

interface Props {
  label: string;
  count: number;
  keyOf(index: number): string | number;
  row(index: number): ReactNode;
  /** About how high a row is, in pixels; the real height is measured. */
  estimate: number;
  /** Stays at the end as rows come, as long as it is there. */
  follow?: boolean;
  role?: "list" | "log";
  className?: string;
  handle?: Ref<ListHandle>;
}

/** A list of any length that draws only what is in view. The class must give it a height. */
export function VirtualList(props: Props) {
  const { label, count, keyOf, row, estimate, follow = false, role = "list", className = "", handle } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimate,
    getItemKey: keyOf,
    overscan: 8,
    ...(follow ? { anchorTo: "end" as const, followOnAppend: true } : {}),
  });
  useEffect(() => {
    if (follow) rows.scrollToEnd();
  }, [follow, rows]);
  useImperativeHandle(handle, () => ({
    toStart: () => rows.scrollToOffset(0),
    toEnd: () => rows.scrollToEnd(),
    to: (index) => rows.scrollToIndex(index, { align: "auto" }),
  }));
  const items = rows.getVirtualItems();
  return (
    <div ref={scroller} className={`virtual ${className}`} role={role} aria-label={label} tabIndex={0}>
      <div className="virtual-all" role="presentation" style={{ height: rows.getTotalSize() }}>
        <div
          className="virtual-seen"
          role="presentation"
          style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}
        >
          {items.map((item) => (
            <div
              key={item.key}
              ref={rows.measureElement}
              data-index={item.index}
              role={role === "list" ? "listitem" : undefined}
              aria-setsize={role === "list" ? count : undefined}
              aria-posinset={role === "list" ? item.index + 1 : undefined}
            >
              {row(item.index)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
