import { useVirtualizer } from "@tanstack/react-virtual";
import { Link } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { anchorOf, parseAnchor, type Anchor } from "../review/anchor";
import { colourText } from "../review/colours";
import { Coloured, MOST_CHARS } from "../review/DiffLine";
import type { Line } from "../review/patch";
import { languageOf, type Token } from "../review/tokens";
import { useColumns } from "../review/useColumns";
import { isKnown, linesIn } from "../review/wrapping";
import type { Writer } from "./writers";

const LINE_HEIGHT = 24;

interface Props {
  run: string;
  path: string;
  text: string;
  lines: readonly string[];
  writers: readonly (Writer | undefined)[];
  wrap: boolean;
}

/** The lines of a file, each with who wrote it. */
export function FileLines({ run, path, text, lines, writers, wrap }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useColumns(scroller, wrap, "");
  const sides = useMemo(() => lines.map((line): Line => ({ kind: "same", old: 0, new: 0, text: line })), [lines]);
  const list = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => LINE_HEIGHT * (wrap ? linesIn(columns, [sides[index]]) : 1),
    overscan: 20,
  });
  const colours = useTextColours(path, text);
  const [picked, pick] = usePicked(path, (line) => list.scrollToIndex(line - 1, { align: "center" }));
  useLayoutEffect(() => list.measure(), [list, wrap, columns]);
  const longest = useMemo(() => Math.min(lines.reduce((most, line) => Math.max(most, line.length), 0), MOST_CHARS), [lines]);
  const keys = (event: React.KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!by || event.target !== scroller.current) return;
    event.preventDefault();
    const line = Math.min(Math.max((picked ? (by > 0 ? picked.last : picked.first) : (list.range?.startIndex ?? 0)) + by, 1), lines.length);
    pick(line, event.shiftKey);
    list.scrollToIndex(line - 1, { align: "auto" });
  };
  return (
    <div
      ref={scroller}
      className={wrap ? "diff files-lines diff-wrap" : "diff files-lines"}
      role="region"
      aria-label={`Text of ${path}`}
      tabIndex={0}
      onKeyDown={keys}
    >
      <div className="diff-all" style={{ height: list.getTotalSize(), "--diff-chars": wrap ? 0 : longest + 12 } as React.CSSProperties}>
        {list.getVirtualItems().map(({ index, start, key }) => {
          const number = index + 1;
          const isPicked = picked !== null && number >= picked.first && number <= picked.last;
          return (
            <div
              key={key}
              ref={wrap && !isKnown([sides[index]], MOST_CHARS) ? list.measureElement : undefined}
              data-index={index}
              className={isPicked ? "diff-row files-line diff-picked" : "diff-row files-line"}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Gutter run={run} path={path} writer={writers[index]} />
              <a
                className="diff-number"
                tabIndex={-1}
                href={`#${anchorOf({ path, side: "new", first: number, last: number })}`}
                aria-label={`Line ${number}`}
                onClick={(event) => {
                  event.preventDefault();
                  pick(number, event.shiftKey);
                }}
              >
                {number}
              </a>
              <span className="diff-code">
                <Coloured text={(lines[index] ?? "").slice(0, MOST_CHARS)} tokens={(lines[index]?.length ?? 0) > MOST_CHARS ? undefined : colours?.[index]} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Gutter({ run, path, writer }: { run: string; path: string; writer: Writer | undefined }) {
  if (!writer) return <span className="files-writer" />;
  const className = writer.step ? `files-writer files-writer-${writer.colour}` : "files-writer";
  if (!writer.first || !writer.step) return <span className={className}>{writer.first && <span className="quiet">{writer.words}</span>}</span>;
  return (
    <Link className={className} to="/runs/$run/review" params={{ run }} search={{ step: writer.step }} hash={path} title={`Written by ${writer.words}. Opens what the step changed.`}>
      {writer.words}
    </Link>
  );
}

function useTextColours(path: string, text: string): Token[][] | null {
  const [colours, setColours] = useState<Token[][] | null>(null);
  useEffect(() => {
    let stale = false;
    void colourText(text, languageOf(path)).then((found) => stale || setColours(found));
    return () => {
      stale = true;
    };
  }, [path, text]);
  return colours;
}

/** The lines the address names; picking some changes it. */
function usePicked(path: string, show: (line: number) => void): [Anchor | null, (line: number, extend: boolean) => void] {
  const [picked, setPicked] = useState<Anchor | null>(null);
  useEffect(() => {
    const linked = parseAnchor(location.hash);
    if (!linked || linked.path !== path || !linked.first) return;
    setPicked(linked);
    show(linked.first);
  }, [path]);
  const pick = (line: number, extend: boolean) => {
    const from = extend && picked ? picked.first : line;
    const next: Anchor = { path, side: "new", first: Math.min(from, line), last: Math.max(from, line) };
    setPicked(next);
    history.replaceState(history.state, "", `#${anchorOf(next)}`);
  };
  return [picked, pick];
}
