import { bytes, count } from "../../data/units";
import type { StreamLine } from "../../data/wire";
import { Meter } from "../../ui/Meter";
import { Table, type Column } from "../../ui/Table";

const COLUMNS: Column<StreamLine>[] = [
  { name: "Stream", cell: (line) => line.name },
  { name: "Messages", cell: (line) => count(line.messages), number: true },
  {
    name: "Size",
    cell: (line) => (
      <span className="fleet-slots">
        <Meter label={`Space of ${line.name} in use`} value={line.bytes} most={line.max_bytes} />
        {bytes(line.bytes)} of {bytes(line.max_bytes)}
      </span>
    ),
  },
  { name: "Copies", cell: (line) => line.replicas, number: true, wide: true },
  { name: "Led by", cell: (line) => line.leader, wide: true },
];

export function Streams({ streams, durability }: { streams: readonly StreamLine[]; durability: string }) {
  const promise =
    durability === "power"
      ? "What is accepted survives the loss of power."
      : "What is accepted survives the end of every process, but not the loss of power.";
  return (
    <>
      <Table caption="Streams of the broker" shown columns={COLUMNS} rows={streams} keyOf={(line) => line.name} />
      <p className="quiet small">
        Durability is <code>{durability}</code>. {promise}
      </p>
    </>
  );
}
