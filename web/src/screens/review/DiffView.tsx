import "./diff.css";
import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, type CSSProperties, type ReactNode, type Ref } from "react";
import { useStore } from "zustand";
import type { Anchor } from "./anchor";
import { coloured, colourHunk, colourOf } from "./colours";
import { DiffLine, HunkHead, MOST_CHARS } from "./DiffLine";
import type { ReviewFile } from "./files";
import type { Line } from "./patch";
import { hunkOf, lineOn, type Layout, type Row } from "./rows";
import { languageOf } from "./tokens";
import { useColumns } from "./useColumns";
import { isKnown, linesIn } from "./wrapping";

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

const HEIGHTS: Record<Row["type"], number> = { file: 40, note: 32, hunk: 28, line: 21, draft: 96, form: 190 };

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
              {draw(files, row, { cursor: item.index === cursor, split: layout === "split", picked, fileHead, remark })}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function sidesOf(file: ReviewFile | undefined, row: Row): [Line | undefined, Line | undefined] {
  if (row.type !== "line" || !file) return [undefined, undefined];
  const lines = hunkOf(file, row)?.lines;
  return [lines?.[row.left], lines?.[row.right]];
}

function heightOf(files: readonly ReviewFile[], row: Row | undefined, columns: number): number {
  if (!row) return HEIGHTS.line;
  const lines = row.type === "line" && columns ? linesIn(columns, sidesOf(files[row.file], row)) : 1;
  return HEIGHTS[row.type] * lines;
}

/** Only what has no height one could know is measured: that costs much in a long list. */
function isMeasured(files: readonly ReviewFile[], row: Row, wrap: boolean): boolean {
  if (row.type === "draft" || row.type === "form") return true;
  return wrap && row.type === "line" && !isKnown(sidesOf(files[row.file], row), MOST_CHARS);
}

interface Drawn {
  cursor: boolean;
  split: boolean;
  picked: Anchor | null;
  fileHead(file: ReviewFile): ReactNode;
  remark(row: Row): ReactNode;
}

function draw(files: readonly ReviewFile[], row: Row, { cursor, split, picked, fileHead, remark }: Drawn): ReactNode {
  const file = files[row.file] as ReviewFile;
  if (row.type === "line") {
    const [old, fresh] = sidesOf(file, row);
    return (
      <DiffLine
        left={old}
        right={fresh}
        leftColours={old && colourOf(old)}
        rightColours={fresh && colourOf(fresh)}
        split={split}
        cursor={cursor}
        picked={picked?.path === file.path && isPicked(file, row, picked)}
      />
    );
  }
  if (row.type === "hunk") return <HunkHead hunk={hunkOf(file, row)} cursor={cursor} />;
  const className = `diff-${row.type}${cursor ? " diff-cursor" : ""}`;
  return (
    <div role="gridcell" className={className}>
      {row.type === "file" ? fileHead(file) : row.type === "note" ? row.text : remark(row)}
    </div>
  );
}

function isPicked(file: ReviewFile, row: Row, { side, first, last }: Anchor): boolean {
  const number = lineOn(file, row, side)?.[side] ?? 0;
  return number > 0 && number >= first && number <= last;
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

const lengths = new WeakMap<ReviewFile, number>();

/** In characters, for the width all rows share. */
function longest(files: readonly ReviewFile[]): number {
  let most = 0;
  for (const file of files) {
    let own = lengths.get(file);
    if (own === undefined) {
      own = 0;
      for (const hunk of file.patch?.hunks ?? []) for (const { text } of hunk.lines) own = Math.max(own, width(text));
      lengths.set(file, own);
    }
    most = Math.max(most, own);
  }
  return Math.min(most, MOST_CHARS);
}

function width(text: string): number {
  return text.includes("\t") ? text.length + 3 * (text.split("\t").length - 1) : text.length;
}

function sizeOf(height: number, chars: number): CSSProperties {
  return { height, "--diff-chars": chars } as CSSProperties;
}
