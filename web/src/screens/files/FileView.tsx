import { useVirtualizer } from "@tanstack/react-virtual";
import { Link } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { address } from "../../data/api";
import { plural } from "../../data/words";
import { Empty } from "../../ui/Empty";
import { Checkbox } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { anchorOf, parseAnchor, type Anchor } from "../review/anchor";
import { colourText } from "../review/colours";
import { Coloured, MOST_CHARS } from "../review/DiffLine";
import { bytes } from "../../data/units";
import type { Line } from "../review/patch";
import { languageOf, type Token } from "../review/tokens";
import { useColumns } from "../review/useColumns";
import { isKnown, linesIn } from "../review/wrapping";
import { linesOf, MOST_BYTES, type FileContent } from "./content";
import { useFile } from "./useFiles";
import { writersOf, type Writer } from "./writers";

const LINE_HEIGHT = 24;

interface Props {
  run: string;
  at: string;
  path: string;
}

export function FileView({ run, at, path }: Props) {
  const { content, blame } = useFile(run, at, path);
  const [wrap, setWrap] = useState(false);
  const found = content.data;
  const lines = useMemo(() => linesOf(found?.text ?? ""), [found]);
  const writers = useMemo(() => writersOf(blame.data?.ranges ?? [], lines.length), [blame.data, lines]);
  const whole = address(`/runs/${run}/files/content`, { at, path });
  return (
    <section className="files-view" aria-label={path}>
      <div className="files-head">
        <h2 className="files-path">{path}</h2>
        {found && <span className="quiet small numbers">{about(found, lines.length)}</span>}
        <span className="row-of files-actions">
          {found?.kind !== "binary" && (
            <Checkbox checked={wrap} onChange={() => setWrap(!wrap)}>
              Wrap
            </Checkbox>
          )}
          <a className="button button-plain" href={whole} download={path.split("/").at(-1)}>
            <Icon name="download" /> Download
          </a>
        </span>
      </div>
      <Problem problem={content.error} onRetry={() => void content.refetch()} />
      {blame.error && <p className="quiet small">Who wrote which line cannot be said: {blame.error.message}.</p>}
      {content.isPending && <Skeleton lines={10} label={`Loading ${path}`} />}
      {found?.kind === "binary" && (
        <Empty title="This is no text">
          <p className="quiet">A binary file of {bytes(found.bytes)}. It can be downloaded.</p>
        </Empty>
      )}
      {found?.kind === "long" && <p className="quiet small">Only the first {bytes(MOST_BYTES)} are shown.</p>}
      {found && found.kind !== "binary" && <Lines key={path} run={run} path={path} text={found.text} lines={lines} writers={writers} wrap={wrap} />}
      {found?.kind === "text" && !lines.length && <p className="quiet">The file is empty.</p>}
    </section>
  );
}

function about({ kind, bytes: count }: FileContent, lines: number): string {
  return kind === "text" ? `${plural(lines, "line")}, ${bytes(count)}` : bytes(count);
}

interface LinesProps {
  run: string;
  path: string;
  text: string;
  lines: readonly string[];
  writers: readonly (Writer | undefined)[];
  wrap: boolean;
}

function Lines({ run, path, text, lines, writers, wrap }: LinesProps) {
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
