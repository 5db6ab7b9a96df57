import { useEffect, useState } from "react";
import type { StepLine } from "../../../data/wire";
import { Checkbox, Input, Select } from "../../../ui/Field";
import { type Filters, GROUPS } from "./filters";

interface Props {
  filters: Filters;
  steps: readonly StepLine[];
  onChange(filters: Filters): void;
}

const TYPED_MS = 250;

export function FilterBar({ filters, steps, onChange }: Props) {
  const kinds = filters.kinds.join(",");
  const known = GROUPS.some(([value]) => value === kinds) || !kinds;
  const options = [["", "All kinds"] as const, ...GROUPS, ...(known ? [] : [[kinds, kinds] as const])];
  return (
    <div className="row-of log-filters" role="search" aria-label="Filters of the log">
      <Select
        aria-label="Kind"
        value={kinds}
        options={options}
        onPick={(value) => onChange({ ...filters, kinds: value ? value.split(",") : [] })}
      />
      <Select
        aria-label="Step"
        value={filters.step}
        options={[["", "All steps"], ...steps.map(({ step }) => [step, step] as const)]}
        onPick={(step) => onChange({ ...filters, step })}
      />
      <TextFilter text={filters.text} onChange={(text) => onChange({ ...filters, text })} />
      <Checkbox checked={filters.errors} onChange={(event) => onChange({ ...filters, errors: event.target.checked })}>
        Errors only
      </Checkbox>
    </div>
  );
}

/** Looked for when the typing rests. */
function TextFilter({ text, onChange }: { text: string; onChange(text: string): void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onChange(typed), TYPED_MS);
    return () => clearTimeout(timer);
  });
  return (
    <Input
      type="search"
      aria-label="Text in the event"
      placeholder="Text in the event"
      value={typed}
      data-look
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}
