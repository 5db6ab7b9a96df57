import type { CSSProperties, ReactNode } from "react";
import { cost, duration, plural, STEP_STATE, tests } from "../../data/words";
import { Chip } from "../../ui/Chip";
import { StatusChip } from "../../ui/StatusChip";
import { PlusMinus } from "../review/PlusMinus";
import { Said } from "../run/step/Said";
import { Adopt } from "./Adopt";
import { best, type Figures } from "./sides";
import { SideName } from "./SideName";
import type { Known } from "./useSides";

interface Row {
  name: string;
  cell(figures: Figures, known: Known): ReactNode;
  /** What the sides are compared by; fewer is better unless `most`. */
  value?(figures: Figures): number | null;
  most?: boolean;
}

const ROWS: readonly Row[] = [
  { name: "Status", cell: (figures, known) => <Stands figures={figures} known={known} /> },
  { name: "Tests", cell: (figures) => tests(figures.tests) || "–", value: ({ tests: counts }) => counts?.passed ?? null, most: true },
  { name: "Cost", cell: ({ spent }) => (spent ? cost(spent) : "–"), value: ({ spent }) => spent?.cost_usd ?? null },
  { name: "Duration", cell: ({ seconds }) => (seconds === null ? "goes on" : duration(seconds)), value: ({ seconds }) => seconds },
  { name: "Turns", cell: ({ turns }) => turns },
  { name: "Files changed", cell: (_, { diff }) => diff && <Changed diff={diff} /> },
  { name: "What it says", cell: ({ summary }) => (summary ? <Said text={summary} /> : "–") },
  { name: "Adopt", cell: (figures, known) => known.detail && <Adopt side={known.side} detail={known.detail} figures={figures} /> },
];

const STATE: Record<string, string> = { ...STEP_STATE, lost: "Lost with its worker", released: "Given back" };

function Stands({ figures: { status, tone }, known: { side, detail } }: { figures: Figures; known: Known }) {
  if (!side.step && detail) return <StatusChip run={detail.run} />;
  return <Chip tone={tone}>{STATE[status] ?? status}</Chip>;
}

function Changed({ diff }: { diff: NonNullable<Known["diff"]> }) {
  return (
    <>
      {plural(diff.totals.files, "file")} <PlusMinus {...diff.totals} />
    </>
  );
}

export function FigureTable({ known, onRemove }: { known: readonly Known[]; onRemove?(at: number): void }) {
  return (
    <div className="compare-scroll" tabIndex={0} role="region" aria-label="Figures side by side">
      <table className="compare-table" style={{ "--sides": known.length } as CSSProperties}>
        <caption className="unseen">Figures side by side</caption>
        <thead>
          <tr>
            <td />
            {known.map((one, at) => (
              <th key={at} scope="col">
                <SideName known={one} onRemove={onRemove && (() => onRemove(at))} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => {
            const winners = row.value ? best(known.map((one) => (one.figures ? row.value?.(one.figures) ?? null : null)), row.most) : new Set<number>();
            return (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                {known.map((one, at) => (
                  <td key={at} className={winners.has(at) ? "compare-best" : undefined}>
                    {one.figures && row.cell(one.figures, one)}
                    {winners.has(at) && <span className="compare-mark"> best</span>}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
