// Draws one row of the timeline: what is narrower than a pixel is drawn as one with its neighbours.

import { place, type Scale } from "./scale";
import type { Doing, Row } from "./segments";

/** Where a row stands on the canvas. */
export interface Frame {
  scale: Scale;
  /** Pixels for one shown millisecond. */
  zoom: number;
  /** Shown pixels left of the canvas. */
  offset: number;
  width: number;
  height: number;
  now: number;
}

export type Colours = Record<Doing, string>;

/** How high a segment is: the kinds differ in more than their colour. */
const SHARE: Record<Doing, number> = { model: 0.78, tool: 0.5, tests: 0.78, work: 0.5, opening: 0.3, queue: 0.12, person: 0.12 };

export function draw(context: CanvasRenderingContext2D, row: Row, frame: Frame, colours: Colours): number {
  const { width, height } = frame;
  context.clearRect(0, 0, width, height);
  let drawn = 0;
  let end = -1;
  for (let at = firstIn(row, frame); at < row.segments.length; at++) {
    const one = row.segments[at]!;
    const left = xOf(frame, one.from);
    if (left > width) break;
    const right = Math.max(xOf(frame, one.to ?? frame.now), left + 1);
    if (right < end + 0.5) continue; // nothing of it would be seen
    const high = height * SHARE[one.doing];
    context.fillStyle = colours[one.doing];
    const [x, wide] = [Math.max(-1, left), Math.min(right, width + 1) - Math.max(-1, left)];
    context.fillRect(x, (height - high) / 2, wide, high);
    if (one.doing === "tests") stripes(context, x, wide, height, high);
    end = right;
    drawn++;
  }
  return drawn;
}

function stripes(context: CanvasRenderingContext2D, x: number, wide: number, height: number, high: number): void {
  if (wide < 6) return;
  for (let at = x + 2; at < x + wide - 2; at += 5) context.clearRect(at, (height - high) / 2 + 3, 2, high - 6);
}

export function xOf({ scale, zoom, offset }: Frame, time: number): number {
  return place(scale, time) * zoom - offset;
}

/** Index of the first segment that may be seen. */
function firstIn(row: Row, frame: Frame): number {
  let low = 0;
  let high = row.segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xOf(frame, row.segments[middle]!.to ?? frame.now) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The segment at a place of the row; -1: none. */
export function segmentAt(row: Row, frame: Frame, x: number): number {
  for (let at = firstIn(row, { ...frame, offset: frame.offset + Math.max(0, x - 3) }); at < row.segments.length; at++) {
    const one = row.segments[at]!;
    if (xOf(frame, one.from) > x + 3) return -1;
    if (xOf(frame, one.to ?? frame.now) >= x - 3) return at;
  }
  return -1;
}
