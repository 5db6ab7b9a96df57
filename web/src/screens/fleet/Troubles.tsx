import { Link } from "@tanstack/react-router";
import type { Fleet } from "../../data/wire";
import { plural } from "../../data/words";

/** What keeps this fleet from doing all it should. */
export function Troubles({ fleet }: { fleet: Fleet }) {
  const stranded = fleet.pools.filter((pool) => pool.workers === 0 && pool.pending > 0);
  return (
    <>
      {!fleet.open && <Trouble>New runs are refused: {fleet.why_closed}</Trouble>}
      {fleet.missing.map((role) => (
        <Trouble key={role}>
          No live worker plays the role <b>{role}</b>, which every run needs. <code>mycoder worker --role {role}</code>{" "}
          starts one.
        </Trouble>
      ))}
      {stranded.map((pool) => (
        <Trouble key={pool.pool}>
          {plural(pool.pending, "step")} wait{pool.pending === 1 ? "s" : ""} for the pool <b>{pool.pool}</b>, and nobody
          takes from it.{" "}
          {pool.runs.map((run) => (
            <Link key={run} to="/runs/$run" params={{ run }}>
              {run.slice(-6)}{" "}
            </Link>
          ))}
        </Trouble>
      ))}
      {fleet.dead_letters > 0 && (
        <p className="fleet-trouble fleet-note">
          <Link to="/dead">{plural(fleet.dead_letters, "dead letter")}</Link>: messages that could not be handled.
        </p>
      )}
      {fleet.notes.map((note) => (
        <p key={note} className="fleet-trouble fleet-note">
          {note}
        </p>
      ))}
    </>
  );
}

function Trouble({ children }: { children: React.ReactNode }) {
  return (
    <p className="fleet-trouble" role="alert">
      {children}
    </p>
  );
}
