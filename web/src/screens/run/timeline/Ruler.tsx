import { type Frame, xOf } from "./draw";
import { timeAt } from "./scale";
import { sinceStart } from "./words";

const APART_PX = 110;

/** Times since the beginning of the run, and where idle time is folded. */
export function Ruler({ frame, label }: { frame: Frame; label: number }) {
  const { scale, zoom, offset, width } = frame;
  const start = scale.pieces[0]?.from ?? 0;
  const count = Math.floor(width / APART_PX);
  const ticks = Array.from({ length: count + 1 }, (_, at) => {
    const x = at * APART_PX + (APART_PX - (offset % APART_PX)) - APART_PX;
    return { x, time: timeAt(scale, (offset + x) / zoom) };
  });
  const fine = APART_PX / zoom < 5000;
  const folds = scale.pieces
    .filter(({ idle }) => idle)
    .map(({ from, to }) => ({ x: xOf(frame, from), wide: xOf(frame, to) - xOf(frame, from), ms: to - from }))
    .filter(({ x, wide }) => x + wide > 0 && x < width);
  return (
    <div className="time-ruler" style={{ paddingLeft: label }} aria-hidden="true">
      <div className="time-ticks" style={{ width }}>
        {ticks
          .filter(({ x, time }) => x >= 0 && x < width - 40 && !Number.isNaN(time))
          .map(({ x, time }) => (
            <span key={x} style={{ left: x }}>
              {sinceStart(time - start, fine)}
            </span>
          ))}
        {folds.map(({ x, wide, ms }) => (
          <i key={x} style={{ left: x, width: Math.max(wide, 3) }} title={`${sinceStart(ms)} idle, folded`} />
        ))}
      </div>
    </div>
  );
}
