import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { announce } from "../../app/announce";
import { send } from "../../data/api";
import { newId } from "../../data/id";
import { bytes } from "../../data/units";
import type { Drain, Drained, Holding, WorkerLine } from "../../data/wire";
import { duration } from "../../data/words";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Problem } from "../../ui/Problem";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";

export function Workers({ workers }: { workers: readonly WorkerLine[] }) {
  const now = useNow(true);
  const columns: Column<WorkerLine>[] = [
    { name: "Worker", cell: (line) => <code>{line.worker}</code> },
    { name: "Roles", cell: (line) => line.roles.join(", ") },
    { name: "Holds", cell: (line) => <Holds line={line} /> },
    { name: "Started", cell: (line) => <Time at={line.started_at} now={now} />, wide: true },
    { name: "Heard", cell: (line) => `${duration(line.seen_s)} ago`, number: true, wide: true },
    { name: "Memory", cell: (line) => (line.rss_bytes ? bytes(line.rss_bytes) : ""), number: true, wide: true },
    { name: "Version", cell: (line) => line.version, wide: true },
    { name: "Drain", cell: (line) => line.drains && <DrainButton line={line} /> },
  ];
  return <Table caption="Workers" shown columns={columns} rows={workers} keyOf={(line) => line.worker} />;
}

function Holds({ line }: { line: WorkerLine }) {
  if (!line.holds.length) return line.draining ? <Chip tone="warn">Drained</Chip> : <span className="quiet">Idle</span>;
  return (
    <ul className="plain-list">
      {line.holds.map((held) => (
        <li key={`${held.run} ${held.step}`}>
          <Held held={held} />
        </li>
      ))}
    </ul>
  );
}

function Held({ held }: { held: Holding }) {
  return (
    <>
      <Link to="/runs/$run" params={{ run: held.run }} search={held.step ? { step: held.step } : {}}>
        {held.step || "decides"} of …{held.run.slice(-6)}
      </Link>{" "}
      <span className="quiet">{duration(held.for_s)}</span>
    </>
  );
}

function DrainButton({ line }: { line: WorkerLine }) {
  const order = useMutation({
    mutationFn: (draining: boolean) =>
      send<Drained>("POST", `/fleet/workers/${encodeURIComponent(line.worker)}/drain`, { id: newId(), draining } satisfies Drain),
    onSuccess: ({ worker }) =>
      announce(worker.draining ? `${worker.worker} takes no more steps` : `${worker.worker} takes steps again`),
  });
  const { draining } = line;
  return (
    <>
      <Button
        busy={order.isPending}
        onClick={() => order.mutate(!draining)}
        title={draining ? "Take steps again" : "Take no more steps, and finish those it has"}
        aria-label={draining ? `Let ${line.worker} take steps again` : `Drain ${line.worker}`}
      >
        {draining ? "Take again" : "Drain"}
      </Button>
      <Problem problem={order.error} />
    </>
  );
}
