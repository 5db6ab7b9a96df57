import "./costs.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Screen } from "../../app/Screen";
import { get } from "../../data/api";
import type { CostReport } from "../../data/wire";
import { Empty } from "../../ui/Empty";
import { Field, Select } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { BudgetPanel } from "./BudgetPanel";
import { CostTable } from "./CostTable";
import { firstDay, ordered, type CostsSearch, type Since, type Way } from "./search";

const route = getRouteApi("/costs");
const BY: readonly (readonly [Way, string])[] = [
  ["model", "Model"],
  ["day", "Day"],
  ["run", "Run"],
  ["role", "Role"],
  ["step", "Step"],
];
const BACK: readonly (readonly [Since | "", string])[] = [
  ["", "Always"],
  ["1", "Today"],
  ["7", "Seven days"],
  ["30", "Thirty days"],
];

export function CostsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: Partial<CostsSearch>) => void navigate({ search: (now) => ({ ...now, ...part }) });
  const by = search.by ?? "model";
  const since = firstDay(search.since, Date.now());
  const report = useQuery({
    queryKey: ["costs", by, search.run, since],
    queryFn: ({ signal }) => get<CostReport>("/costs", { by, run: search.run, since }, signal),
    refetchInterval: 5_000,
    placeholderData: (before) => before,
  });
  const lines = report.data ? ordered(report.data) : [];
  return (
    <Screen title="Costs">
      <div className="stack">
        <div className="row-of">
          <Field label="By">{(tied) => <Select {...tied} value={by} options={BY} onPick={(way) => change({ by: way as Way })} />}</Field>
          <Field label="Since">
            {(tied) => (
              <Select
                {...tied}
                value={search.since ?? ""}
                options={BACK}
                onPick={(back) => change({ since: (back || undefined) as Since | undefined })}
              />
            )}
          </Field>
          {search.run && (
            <p>
              Only{" "}
              <Link to="/runs/$run" params={{ run: search.run }}>
                {search.run}
              </Link>
              .{" "}
              <Link to="/costs" search={{ by: search.by, since: search.since }}>
                Every run
              </Link>
            </p>
          )}
        </div>
        <Problem problem={report.error} onRetry={() => void report.refetch()} />
        {report.isPending && <Skeleton lines={5} />}
        {report.data && (
          <>
            <div className="costs-budgets">
              {report.data.run && <BudgetPanel title="This run" budget={report.data.run} />}
              <BudgetPanel title="The fleet, today (UTC)" budget={report.data.day} />
            </div>
            {lines.length ? (
              <CostTable by={report.data.by} lines={lines} total={report.data.total} />
            ) : (
              <Empty title="Nothing was spent">
                <p className="quiet">
                  {search.since || search.run
                    ? "No model was called in that time or by that run."
                    : "No model has been called yet. The built-in one, offline/repair, is free and counts its calls too."}
                </p>
              </Empty>
            )}
          </>
        )}
      </div>
    </Screen>
  );
}
