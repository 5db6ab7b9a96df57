import { useFleet } from "../../../data/store";
import type { RunDetail } from "../../../data/wire";
import { isOver } from "../../../data/words";
import { missingRoles } from "./missing";

/** Says which roles this run waits for that no living worker has. */
export function NoWorkers({ detail }: { detail: RunDetail }) {
  const fleet = useFleet();
  const missing = fleet && !isOver(detail.run) ? missingRoles(detail, fleet) : [];
  if (!missing.length) return null;
  return (
    <div role="status" className="run-note run-note-warn">
      <p>
        <b>No live worker for {missing.length === 1 ? "role" : "roles"} {missing.join(", ")}.</b> The steps wait until one
        starts:
      </p>
      <p>
        <code>mycoder worker --role {missing[0]}</code>
      </p>
    </div>
  );
}
