import "./fleet.css";
import { Screen } from "../../app/Screen";
import { useFleet, useStore } from "../../data/store";
import type { Fleet } from "../../data/wire";
import { plural } from "../../data/words";
import { Chip } from "../../ui/Chip";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { Pools } from "./Pools";
import { Streams } from "./Streams";
import { Troubles } from "./Troubles";
import { Workers } from "./Workers";

export function FleetScreen() {
  const fleet = useFleet();
  const problem = useStore((state) => state.problems.fleet);
  return (
    <Screen title="Fleet" actions={fleet && <Standing fleet={fleet} />}>
      <Problem problem={problem} />
      {!fleet && !problem && <Skeleton label="Asking the workers" lines={6} />}
      {fleet && (
        <div className="stack">
          <Troubles fleet={fleet} />
          <Pools pools={fleet.pools} />
          <Workers workers={fleet.workers} />
          <Streams streams={fleet.streams} durability={fleet.durability} />
        </div>
      )}
    </Screen>
  );
}

function Standing({ fleet }: { fleet: Fleet }) {
  const used = fleet.pools.reduce((sum, pool) => sum + pool.used, 0);
  return (
    <>
      <Chip tone={fleet.open ? "good" : "bad"}>{fleet.open ? "Takes new runs" : "Takes no new runs"}</Chip>
      <span className="quiet">
        {plural(fleet.workers.length, "process", "processes")} · {plural(used, "step")} at work
      </span>
    </>
  );
}
