import "./diff.css";
import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, type CSSProperties, type ReactNode, type Ref } from "react";
import { useStore } from "zustand";
import type { Anchor } from "./anchor";
import { coloured, colourHunk } from "./colours";
import { drawRow } from "./drawRow";
import type { ReviewFile } from "./files";
import { hunkOf, type Layout, type Row } from "./rows";
import { heightOf, HEIGHTS, isMeasured, longest } from "./sizes";
import { languageOf } from "./tokens";
import { useColumns } from "./useColumns";

export interface DiffHandle {
  to(index: number): void;
  focus(): void;
}

interface Props {
  files: readonly ReviewFile[];
  rows: readonly Row[];
  layout: Layout;
  wrap: boolean;
  /** The row the keyboard is at; -1: none yet. */
  cursor: number;
  /** The lines that are picked. */
  picked: Anchor | null;
  onPick(index: number, side: "old" | "new" | null, extend: boolean): void;
  /** An arrow key: to the next line, or with Shift picking all on the way. */
  onStep(step: 1 | -1, extend: boolean): void;
  fileHead(file: ReviewFile): ReactNode;
  /** What stands at a draft's or a form's row. */
  remark(row: Row): ReactNode;
  handle?: Ref<DiffHandle>;
}

/** All changes as one list of rows, of which only those in view are drawn. */
export function DiffView(props: Props) {
  const { files, rows, layout, wrap, cursor, picked, onPick, onStep, fileHead, remark, handle } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef(0);
  const columns = useColumns(scroller, wrap, layout);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(files, rows[index], wrap ? columns : 0),
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]), // another one: all is looked at again
    rangeExtractor: useCallback((range: Range) => withHead(rows, range, head), [rows]),
    scrollPaddingStart: HEIGHTS.file, // the head of the file is over them
    overscan: 10,
  });
  useImperativeHandle(handle, () => ({
    to: (index) => {
      const start = rows[index]?.type === "file" ? list.getOffsetForIndex(index, "start") : undefined;
      if (start) list.scrollToOffset(start[0] + HEIGHTS.file);
      else list.scrollToIndex(index, { align: "auto" });
    },
    focus: () => scroller.current?.focus({ preventScroll: true }),
  }));
  useLayoutEffect(() => list.measure(), [list, wrap, columns]);
  const items = list.getVirtualItems();
  useColours(files, rows, items.at(1)?.index ?? 0, items.at(-1)?.index ?? 0, list.isScrolling);
  const click = (event: React.MouseEvent) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-side]");
    const index = Number(cell?.closest<HTMLElement>("[data-index]")?.dataset.index ?? -1);
    if (cell && index >= 0) onPick(index, cell.dataset.side === "old" ? "old" : "new", event.shiftKey);
  };
  const keys = (event: React.KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step || event.target !== scroller.current) return;
    event.preventDefault();
    onStep(step, event.shiftKey);
  };
  return (
    <div
      ref={scroller}
      className={`diff diff-${layout} ${wrap ? "diff-wrap" : ""}`}
      role="grid"
      aria-label="Changes"
      aria-rowcount={rows.length}
      aria-activedescendant={cursor >= 0 ? `diff-row-${cursor}` : undefined}
      tabIndex={0}
      onClick={click}
      onKeyDown={keys}
    >
      <div className="diff-all" role="presentation" style={sizeOf(list.getTotalSize(), wrap ? 0 : longest(files))}>
        {items.map((item) => {
          const row = rows[item.index] as Row;
          const stuck = item.index === head.current;
          return (
            <div
              key={item.key}
              id={`diff-row-${item.index}`}
              ref={isMeasured(files, row, wrap) ? list.measureElement : undefined}
              data-index={item.index}
              role="row"
              aria-rowindex={item.index + 1}
              aria-selected={item.index === cursor || undefined}
              className={stuck ? "diff-row diff-stuck" : "diff-row"}
              style={stuck ? undefined : { transform: `translateY(${item.start}px)` }}
            >
              {drawRow(files, row, { cursor: item.index === cursor, split: layout === "split", picked, fileHead, remark })}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The head of the file in view is always drawn, and stays at the top. */
function withHead(rows: readonly Row[], range: Range, head: { current: number }): number[] {
  const drawn = defaultRangeExtractor(range);
  let at = Math.min(range.startIndex, rows.length - 1);
  while (at > 0 && rows[at]?.type !== "file") at = before(rows, at);
  head.current = Math.max(at, 0);
  return drawn.includes(head.current) ? drawn : [head.current, ...drawn];
}

/** The head of the file a row is in: its rows are next to each other. */
function before(rows: readonly Row[], at: number): number {
  const file = rows[at]?.file ?? 0;
  let [low, high] = [0, at];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.file ?? 0) < file) low = middle + 1;
    else high = middle;
  }
  return low;
}

function useColours(files: readonly ReviewFile[], rows: readonly Row[], first: number, last: number, moving: boolean): void {
  useStore(coloured, ({ count }) => count);
  useEffect(() => {
    if (moving) return;
    for (let at = first; at <= last; at += 1) {
      const row = rows[at];
      const file = row && files[row.file];
      const hunk = file && hunkOf(file, row);
      if (hunk) colourHunk(hunk, languageOf(file.path));
    }
  }, [files, rows, first, last, moving]);
}

function sizeOf(height: number, chars: number): CSSProperties {
  return { height, "--diff-chars": chars } as CSSProperties;
}
