import "./timeline.css";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useDeferredValue, useMemo, useRef, useState, useSyncExternalStore, type CSSProperties, type KeyboardEvent } from "react";
import type { RunDetail } from "../../../data/wire";
import { isOver } from "../../../data/words";
import { Problem } from "../../../ui/Problem";
import { useGo } from "../route";
import { Bar } from "./Bar";
import { type Frame } from "./draw";
import type { Mark } from "./marks";
import { MarkReader } from "./reader";
import { Ruler } from "./Ruler";
import { scaleOf } from "./scale";
import { rowsOf, type Row } from "./segments";
import { Tools } from "./Tools";
import { TrackRow } from "./TrackRow";
import { useColours } from "./useColours";
import { useWidth } from "./useWidth";
import { segmentWords } from "./words";

const ROW_PX = 30;
const MOST_PX = 12_000_000; // browsers clip wider elements

/** Kept while the page is open, so that going to another view and back reads nothing twice. */
let kept: MarkReader | null = null;

function readerOf(run: string): MarkReader {
  if (kept?.run !== run) kept = new MarkReader(run);
  return kept;
}

interface Picked {
  row: number;
  segment: number;
}

/** How the run's time was spent, step by step and attempt by attempt. */
export default function Timeline({ detail, now, selected }: { detail: RunDetail; now: number; selected: string }) {
  const { run, steps } = detail;
  const reader = readerOf(run.run);
  const marked = useSyncExternalStore(reader.subscribe, reader.get);
  const marks = useDeferredValue(marked.marks);
  const end = isOver(run) ? Date.parse(run.finished_at) : now;
  const rows = useMemo(() => rowsOf(steps, marks), [steps, marks]);
  const [fold, setFold] = useState(true);
  const scale = useMemo(() => scaleOf(rows, end, fold), [rows, end, fold]);
  const [magnified, setMagnified] = useState(1);
  const scroller = useRef<HTMLDivElement>(null);
  const { width, label } = useWidth(scroller);
  const [offset, setOffset] = useState(0);
  const [picked, setPicked] = useState<Picked | null>(null);
  const colours = useColours(scroller);
  const go = useGo();
  const track = Math.max(100, width - label);
  const zoom = Math.min(track * magnified, MOST_PX) / Math.max(scale.length, 1);
  const frame: Frame = { scale, zoom, offset, width: track, height: ROW_PX - 6, now: end };
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 4,
    scrollMargin: ROW_PX,
  });
  const choose = useCallback(
    (row: Row, segment: number) => {
      const turn = row.segments[segment]?.turn || undefined;
      const event = turn && seqOf(marks, row, turn);
      go({ step: row.step, attempt: row.attempt || undefined, turn, event });
    },
    [go, marks],
  );
  const point = useCallback((row: number, segment: number) => setPicked(segment < 0 ? null : { row, segment }), []);
  function magnify(by: number) {
    const middle = (offset + track / 2) / (track * magnified);
    const next = by ? Math.min(Math.max(magnified * by, 1), MOST_PX / track) : 1;
    setMagnified(next);
    requestAnimationFrame(() => scroller.current?.scrollTo({ left: middle * track * next - track / 2 }));
  }
  function onKey(event: KeyboardEvent) {
    if (event.key === "+" || event.key === "=") magnify(1.6);
    else if (event.key === "-") magnify(1 / 1.6);
    else if (event.key === "0") magnify(0);
    else return;
    event.preventDefault();
  }
  const row = picked ? rows[picked.row] : undefined;
  const segment = picked ? row?.segments[picked.segment] : undefined;
  return (
    <section className="time" aria-label="Timeline" onKeyDown={onKey}>
      <Tools rows={rows} now={end} fold={fold} onFold={setFold} onMagnify={magnify} magnified={magnified} />
      <Problem problem={marked.problem} onRetry={() => void reader.more()} />
      <Bar marked={marked} onMore={() => void reader.more()} words={row && segment ? segmentWords(row, segment, end) : ""} />
      <div
        ref={scroller}
        className="time-scroll"
        tabIndex={0}
        role="region"
        aria-label="Bars of the timeline"
        onScroll={(event) => setOffset(event.currentTarget.scrollLeft)}
      >
        <div className="time-all" style={sizes(label, track * magnified, rows.length + 1)}>
          <Ruler frame={frame} label={label} />
          {list.getVirtualItems().map((item) => (
            <TrackRow
              key={item.key}
              index={item.index}
              row={rows[item.index]!}
              top={item.start}
              frame={frame}
              colours={colours}
              selected={rows[item.index]!.step === selected}
              picked={picked?.row === item.index ? picked.segment : -1}
              onPoint={point}
              onChoose={choose}
            />
          ))}
        </div>
      </div>
    </section>
  );
}

/** The event of a turn: with it, the turn is found without reading what came after it. */
function seqOf(marks: readonly Mark[], row: Row, turn: number): number | undefined {
  const ofRow = (mark: Mark) => mark.step === row.step && (!row.attempt || mark.attempt === row.attempt);
  return marks.find((mark) => mark.what === "turn" && mark.turn === turn && ofRow(mark))?.seq;
}

function sizes(label: number, track: number, rows: number): CSSProperties {
  return { "--label": `${label}px`, width: label + track, height: rows * ROW_PX } as CSSProperties;
}
