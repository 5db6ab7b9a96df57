import { Link } from "@tanstack/react-router";
import type { Audited } from "../../data/wire";
import { Chip, type Tone } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { useAudit } from "./data";

const TONE: Record<Audited["outcome"], Tone> = { begun: "warn", done: "good", refused: "held", failed: "bad" };

/** Every command, who gave it and what became of it. */
export function AuditPart({ before }: { before: number }) {
  const audit = useAudit(before);
  const now = useNow(true);
  if (audit.error) return <Problem problem={audit.error} onRetry={() => void audit.refetch()} />;
  if (!audit.data) return <Skeleton lines={6} />;
  const { entries, more } = audit.data;
  const columns: Column<Audited>[] = [
    { name: "When", cell: (entry) => <Time at={entry.at} now={now} /> },
    { name: "Who", cell: (entry) => entry.who },
    { name: "Role", cell: (entry) => entry.role, wide: true },
    { name: "What", cell: (entry) => entry.what },
    { name: "About", cell: (entry) => entry.target },
    { name: "Outcome", cell: (entry) => <Chip tone={TONE[entry.outcome]}>{entry.outcome}</Chip> },
    { name: "Detail", cell: (entry) => entry.detail, wide: true },
    { name: "From", cell: (entry) => entry.address, wide: true },
  ];
  const oldest = entries.at(-1)?.seq ?? 0;
  return (
    <div className="stack">
      {!entries.length && (
        <Empty title="No command was given">
          <p className="quiet">Whatever changes something through a gateway is written down here.</p>
        </Empty>
      )}
      {entries.length > 0 && <Table caption="Audit" columns={columns} rows={entries} keyOf={(entry) => entry.seq} />}
      <p className="row-of">
        {before > 0 && (
          <Link to="/settings" search={{ part: "audit" }}>
            The newest
          </Link>
        )}
        {more && (
          <Link to="/settings" search={{ part: "audit", before: oldest }}>
            Older ones
          </Link>
        )}
      </p>
    </div>
  );
}
