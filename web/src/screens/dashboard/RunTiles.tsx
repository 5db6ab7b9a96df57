import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get } from "../../data/api";
import { useStore } from "../../data/store";
import type { RunLine, RunPage } from "../../data/wire";
import { elapsed, isOver, STATUS, tests } from "../../data/words";
import { Meter } from "../../ui/Meter";
import { Skeleton } from "../../ui/Skeleton";
import { StatusChip } from "../../ui/StatusChip";
import { useNow } from "../../ui/useNow";

const SHOWN = 6;

/** How many runs there are of each status, in all. */
export function Status() {
  const counts = useCounts();
  if (!counts) return <Skeleton />;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <ul className="plain-list dashboard-bars">
      {Object.entries(counts).map(([status, count]) => (
        <li key={status}>
          <Link to="/" search={{ status }}>
            {words(status)}
          </Link>
          <Meter label={words(status)} value={count} most={total} tone="busy" />
          <span className="numbers">{count}</span>
        </li>
      ))}
      {total === 0 && <li className="quiet">No runs yet.</li>}
    </ul>
  );
}

export function Success() {
  const counts = useCounts();
  if (!counts) return <Skeleton />;
  const good = counts["succeeded"] ?? 0;
  const ended = good + (counts["failed"] ?? 0) + (counts["cancelled"] ?? 0);
  if (!ended) return <p className="quiet">No run has ended yet.</p>;
  return (
    <p>
      <span className="dashboard-figure">{Math.round((100 * good) / ended)} %</span> of {ended} succeeded.
    </p>
  );
}

export function Newest() {
  const runs = useStore((state) => state.runs);
  return runs ? <Runs runs={runs.slice(0, SHOWN)} nothing="No runs yet." /> : <Skeleton />;
}

export function Slowest() {
  const runs = useStore((state) => state.runs);
  if (!runs) return <Skeleton />;
  const open = runs.filter((run) => !isOver(run)).sort((a, b) => (a.submitted_at < b.submitted_at ? -1 : 1));
  return <Runs runs={open.slice(0, SHOWN)} nothing="No run is at work." />;
}

function Runs({ runs, nothing }: { runs: readonly RunLine[]; nothing: string }) {
  const now = useNow(runs.some((run) => !isOver(run)));
  if (!runs.length) return <p className="quiet">{nothing}</p>;
  return (
    <ul className="plain-list dashboard-runs">
      {runs.map((run) => (
        <li key={run.run}>
          <Link to="/runs/$run" params={{ run: run.run }} className="clamp-1">
            {run.task}
          </Link>
          <span className="row-of small quiet">
            <StatusChip run={run} />
            {elapsed(run, now)} {tests(run.tests)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function useCounts(): Readonly<Record<string, number>> | undefined {
  const page = useQuery({
    queryKey: ["runs", "counts"],
    queryFn: ({ signal }) => get<RunPage>("/runs", { limit: 1 }, signal),
    refetchInterval: 3_000,
  });
  return page.data?.facets["status"] ?? (page.data && {});
}

function words(status: string): string {
  return STATUS[status as RunLine["status"]] ?? status.charAt(0).toUpperCase() + status.slice(1);
}
