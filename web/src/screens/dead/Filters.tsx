import { getRouteApi } from "@tanstack/react-router";
import { Field, Input, Select } from "../../ui/Field";
import type { DeadSearch } from "./search";

const route = getRouteApi("/dead");

export function Filters({ search, pools }: { search: DeadSearch; pools: Readonly<Record<string, number>> }) {
  const navigate = route.useNavigate();
  const change = (part: Partial<DeadSearch>) =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  const named = Object.entries(pools).map(([pool, count]) => [pool, `${pool} (${count})`] as const);
  return (
    <div className="row-of">
      <Field label="Pool">
        {(tied) => (
          <Select
            {...tied}
            value={search.pool ?? ""}
            options={[["", "Any"], ...named]}
            onPick={(pool) => change({ pool: pool || undefined })}
          />
        )}
      </Field>
      <Field label="Run">
        {(tied) => (
          <Input
            {...tied}
            value={search.run ?? ""}
            placeholder="Beginning of an id"
            onChange={(event) => change({ run: event.target.value || undefined })}
          />
        )}
      </Field>
      <Field label="Reason">
        {(tied) => (
          <Input
            {...tied}
            value={search.reason ?? ""}
            placeholder="Part of it"
            onChange={(event) => change({ reason: event.target.value || undefined })}
          />
        )}
      </Field>
    </div>
  );
}
