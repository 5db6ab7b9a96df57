import type { PoolLine } from "../../data/wire";
import { duration } from "../../data/words";
import { Meter } from "../../ui/Meter";
import { Table, type Column } from "../../ui/Table";

const COLUMNS: Column<PoolLine>[] = [
  { name: "Pool", cell: (pool) => pool.pool },
  {
    name: "Workers",
    cell: (pool) => (pool.draining ? `${pool.workers} (${pool.draining} draining)` : pool.workers),
    number: true,
  },
  { name: "Slots used", cell: (pool) => <Slots pool={pool} /> },
  { name: "Waiting", cell: (pool) => pool.pending, number: true },
  { name: "At work", cell: (pool) => pool.in_flight, number: true },
  { name: "Oldest", cell: (pool) => (pool.oldest_s === null ? "" : duration(pool.oldest_s)), number: true },
  { name: "Redelivered", cell: (pool) => pool.redelivered, number: true, wide: true },
];

export function Pools({ pools }: { pools: readonly PoolLine[] }) {
  return <Table caption="Pools" shown columns={COLUMNS} rows={pools} keyOf={(pool) => pool.pool} />;
}

function Slots({ pool }: { pool: PoolLine }) {
  return (
    <span className="fleet-slots">
      <Meter label={`Slots of ${pool.pool} in use`} value={pool.used} most={pool.slots} />
      {pool.used} of {pool.slots}
    </span>
  );
}
