import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get } from "../../data/api";
import { useFleet, useStore } from "../../data/store";
import { dollars } from "../../data/units";
import type { CostReport } from "../../data/wire";
import { plural } from "../../data/words";
import { Meter } from "../../ui/Meter";
import { Skeleton } from "../../ui/Skeleton";
import { firstDay, ordered } from "../costs/search";

export function Needs() {
  const inbox = useStore((state) => state.inbox);
  if (!inbox) return <Skeleton />;
  return (
    <p>
      <Link to="/inbox" className="dashboard-figure">
        {inbox.length}
      </Link>{" "}
      {inbox.length === 1 ? "question waits" : "questions wait"} for a person.
    </p>
  );
}

export function Spending() {
  const since = firstDay("7", Date.now());
  const report = useQuery({
    queryKey: ["costs", "day", undefined, since],
    queryFn: ({ signal }) => get<CostReport>("/costs", { by: "day", since }, signal),
    refetchInterval: 10_000,
  });
  if (!report.data) return <Skeleton />;
  const { total, day } = report.data;
  const lines = ordered(report.data);
  const most = Math.max(...lines.map(({ spent }) => spent.known_usd), 0);
  return (
    <>
      <p>
        <Link to="/costs" search={{ by: "day", since: "7" }} className="dashboard-figure">
          {dollars(total.known_usd)}
        </Link>
        {day.limit_usd !== null && ` · today ${dollars(day.spent_usd)} of ${dollars(day.limit_usd)}`}
        {total.unpriced > 0 && ` · ${plural(total.unpriced, "call")} unpriced`}
      </p>
      {most > 0 && (
        <ul className="plain-list dashboard-bars">
          {lines.map(({ key, spent }) => (
            <li key={key}>
              <span>{key.slice(5)}</span>
              <Meter label={key} value={spent.known_usd} most={most} tone="busy" />
              <span className="numbers">{dollars(spent.known_usd)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function Slots() {
  const fleet = useFleet();
  if (!fleet) return <Skeleton />;
  return (
    <ul className="plain-list dashboard-bars">
      {fleet.pools.map((pool) => (
        <li key={pool.pool}>
          <Link to="/fleet">{pool.pool}</Link>
          <Meter label={`Slots of ${pool.pool} in use`} value={pool.used} most={pool.slots} />
          <span className="numbers">
            {pool.used} of {pool.slots}
            {pool.pending > 0 && `, ${pool.pending} wait`}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Dead() {
  const fleet = useFleet();
  if (!fleet) return <Skeleton />;
  return (
    <p>
      <Link to="/dead" className="dashboard-figure">
        {fleet.dead_letters}
      </Link>{" "}
      {fleet.dead_letters === 1 ? "message" : "messages"} could not be handled.
    </p>
  );
}
