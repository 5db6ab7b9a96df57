import { Checkbox, Field, Input, Select } from "../../ui/Field";
import { SCOPES, type MemorySearch, type Scope } from "./search";

interface Props {
  search: MemorySearch;
  onChange(part: Partial<MemorySearch>): void;
}

export const SCOPE: Record<Scope, string> = {
  global: "Everybody",
  project: "A project",
  task: "A run",
  agent: "A role in a project",
  interaction: "A person",
};

export function Filters({ search, onChange }: Props) {
  return (
    <div className="row-of memory-filters" role="search">
      <Field label="Words">
        {(tied) => (
          <Input
            {...tied}
            type="search"
            disabled={search.waiting}
            value={search.text ?? ""}
            onChange={(event) => onChange({ text: event.target.value || undefined })}
          />
        )}
      </Field>
      <Field label="For whom">
        {(tied) => (
          <Select
            {...tied}
            value={search.scope ?? ""}
            options={[["", "Anybody"], ...SCOPES.map((scope) => [scope, SCOPE[scope]] as const)]}
            onPick={(scope) => onChange({ scope: (scope || undefined) as Scope | undefined })}
          />
        )}
      </Field>
      <Field label="Tag">
        {(tied) => (
          <Input {...tied} value={search.tag ?? ""} onChange={(event) => onChange({ tag: event.target.value || undefined })} />
        )}
      </Field>
      <Checkbox
        checked={search.waiting ?? false}
        onChange={(event) => onChange({ waiting: event.target.checked || undefined })}
      >
        Waits for approval
      </Checkbox>
    </div>
  );
}
