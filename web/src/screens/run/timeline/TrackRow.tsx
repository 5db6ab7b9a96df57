import { memo, useLayoutEffect, useRef, type KeyboardEvent, type PointerEvent } from "react";
import { type Colours, draw, type Frame, segmentAt, xOf } from "./draw";
import type { Row } from "./segments";
import { rowWords } from "./words";

interface Props {
  index: number;
  row: Row;
  top: number;
  frame: Frame;
  colours: Colours | null;
  selected: boolean;
  /** The segment that is pointed at; -1: none. */
  picked: number;
  onPoint(row: number, segment: number): void;
  onChoose(row: Row, segment: number): void;
}

/** One row: its name is a button, its bars a drawing that the name's label puts in words. */
export const TrackRow = memo(function TrackRow(props: Props) {
  const { index, row, top, frame, colours, selected, picked, onPoint, onChoose } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !canvas.current || !colours) return;
    const dense = Math.min(devicePixelRatio, 2);
    canvas.current.width = frame.width * dense;
    canvas.current.height = frame.height * dense;
    context.scale(dense, dense);
    draw(context, row, frame, colours);
    outline(context, row, frame, picked, colours);
  });
  function at(event: PointerEvent): number {
    return segmentAt(row, frame, event.clientX - event.currentTarget.getBoundingClientRect().left);
  }
  function onKey(event: KeyboardEvent<HTMLButtonElement>) {
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const other = event.currentTarget.closest(".time-row")?.[event.key === "ArrowUp" ? "previousElementSibling" : "nextElementSibling"];
      other?.querySelector<HTMLElement>("button")?.focus();
    } else if (event.key === "ArrowRight") onPoint(index, Math.min(picked + 1, row.segments.length - 1));
    else if (event.key === "ArrowLeft") onPoint(index, Math.max(picked < 0 ? row.segments.length - 1 : picked - 1, 0));
    else return;
    event.preventDefault();
  }
  return (
    <div className={selected ? "time-row time-row-selected" : "time-row"} style={{ transform: `translateY(${top}px)` }}>
      <button
        type="button"
        className={row.attempt ? "time-name time-name-attempt" : "time-name"}
        aria-label={rowWords(row, frame.now)}
        onKeyDown={onKey}
        onClick={() => onChoose(row, picked)}
      >
        {row.attempt ? `attempt ${row.attempt}` : row.step}
      </button>
      <canvas
        ref={canvas}
        className="time-track"
        style={{ width: frame.width, height: frame.height }}
        aria-hidden="true"
        onPointerMove={(event) => onPoint(index, at(event))}
        onPointerLeave={() => onPoint(index, -1)}
        onClick={(event) => onChoose(row, segmentAt(row, frame, event.clientX - event.currentTarget.getBoundingClientRect().left))}
      />
    </div>
  );
});

function outline(context: CanvasRenderingContext2D, row: Row, frame: Frame, picked: number, colours: Colours): void {
  const one = row.segments[picked];
  if (!one) return;
  const left = xOf(frame, one.from);
  context.strokeStyle = colours.person;
  context.lineWidth = 2;
  context.strokeRect(left, 1, Math.max(2, xOf(frame, one.to ?? frame.now) - left), frame.height - 2);
}
