import { Checkbox, Field, Input } from "../../ui/Field";
import type { Draft, Numbers, Problems } from "./draft";

const FIELDS: readonly [name: Numbers, label: string, hint: string][] = [
  ["usd", "Money for the run, in $", "Empty: no limit but the fleet's."],
  ["step_usd", "Money for each step, in $", "Empty: no limit but the run's."],
  ["minutes", "Working time of a step, in minutes", "Empty: what its role may use."],
  ["turns", "Model calls of a step", "Empty: what its role may use."],
  ["max_parallel", "Steps at once", "Empty: 4."],
];

interface Props {
  draft: Draft;
  problems: Problems;
  onChange(change: Partial<Draft>): void;
}

export function Limits({ draft, problems, onChange }: Props) {
  return (
    <details className="panel" open={FIELDS.some(([name]) => problems[name]) || undefined}>
      <summary>Limits and permissions</summary>
      <div className="new-limits">
        {FIELDS.map(([name, label, hint]) => (
          <Field key={name} label={label} hint={hint} problem={problems[name]}>
            {(tied) => (
              <Input
                {...tied}
                inputMode="decimal"
                value={draft[name]}
                onChange={(event) => onChange({ [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <Checkbox checked={draft.install} onChange={(event) => onChange({ install: event.target.checked })}>
        The repository’s own requirements may be installed from the network
      </Checkbox>
      <br />
      <Checkbox checked={draft.edit_tests} onChange={(event) => onChange({ edit_tests: event.target.checked })}>
        Tests that are there already may be changed
      </Checkbox>
    </details>
  );
}
