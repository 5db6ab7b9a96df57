import { Link } from "@tanstack/react-router";
import { count } from "../../data/units";
import type { CostLine, Spent } from "../../data/wire";
import { cost } from "../../data/words";
import { Meter } from "../../ui/Meter";
import { Table, type Column } from "../../ui/Table";

interface Props {
  by: string;
  lines: readonly CostLine[];
  total: Spent;
}

/** A bar for each line's share of the money, or of the calls where nothing cost money; the last line adds up. */
export function CostTable({ by, lines, total }: Props) {
  const weigh = total.known_usd > 0 ? (spent: Spent) => spent.known_usd : (spent: Spent) => spent.calls;
  const most = Math.max(...lines.map((line) => weigh(line.spent)), 0);
  const columns: Column<CostLine>[] = [
    { name: title(by), cell: (line) => <Key by={by} line={line} /> },
    {
      name: "Share",
      cell: (line) =>
        line.key && <Meter label={`Share of ${line.key}`} value={weigh(line.spent)} most={most} tone="busy" />,
      wide: true,
    },
    { name: "Cost", cell: (line) => cost(line.spent), number: true },
    { name: "Calls", cell: (line) => count(line.spent.calls), number: true },
    { name: "Tokens read", cell: (line) => count(line.spent.input_tokens), number: true },
    { name: "From cache", cell: (line) => cached(line.spent), number: true, wide: true },
    { name: "Written", cell: (line) => count(line.spent.output_tokens), number: true },
    { name: "Unpriced calls", cell: (line) => line.spent.unpriced || "", number: true, wide: true },
  ];
  const rows = [...lines, { key: "", spent: total }];
  return <Table caption={`Costs by ${by}`} columns={columns} rows={rows} keyOf={(line) => line.key} />;
}

function Key({ by, line: { key } }: { by: string; line: CostLine }) {
  if (!key) return <b>Together</b>;
  if (by !== "run") return <>{key}</>;
  return (
    <Link to="/runs/$run" params={{ run: key }}>
      {key}
    </Link>
  );
}

function title(by: string): string {
  return by.charAt(0).toUpperCase() + by.slice(1);
}

function cached({ cached_tokens, input_tokens }: Spent): string {
  return cached_tokens ? `${count(cached_tokens)} (${Math.round((100 * cached_tokens) / input_tokens)} %)` : "";
}
