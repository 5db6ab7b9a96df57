import { Checkbox, Field, Input, Select, TextArea } from "../../ui/Field";
import type { Lock } from "./locks";
import type { PlanProblem } from "./problems";
import { CHECK_WORDS } from "./revisions";
import type { Step } from "./step";

interface Props {
  step: Step;
  others: readonly string[];
  roles: readonly string[];
  problems: readonly PlanProblem[];
  lock: Lock | null;
  editable: boolean;
  onChange(step: Step): void;
}

const HIDDEN_ROLES = new Set(["noop"]);

export function StepForm({ step, others, roles, problems, lock, editable, onChange }: Props) {
  const set = (change: Partial<Step>) => onChange({ ...step, ...change });
  const wrong = (field: keyof Step) => problems.filter((problem) => problem.field === field).map(({ text }) => text).join(" ");
  const offered = roles.filter((role) => role === step.role || !HIDDEN_ROLES.has(role));
  const names = [...new Set([...others, ...step.needs])];
  return (
    <form className="stack" aria-label={`Step ${step.id}`} onSubmit={(event) => event.preventDefault()}>
      {lock && <p className="note">{lock.why}</p>}
      <fieldset className="plan-fields stack" disabled={!editable || lock !== null}>
        <Field label="Name" problem={wrong("id")}>
          {(tied) => <Input {...tied} value={step.id} onChange={(event) => set({ id: event.target.value })} />}
        </Field>
        <Field label="Role" problem={wrong("role")}>
          {(tied) => (
            <Select {...tied} value={step.role} options={withOwn(offered, step.role)} onPick={(role) => set({ role, pool: "" })} />
          )}
        </Field>
        <Field label="Goal" hint="What the step is to reach, as its agent reads it." problem={wrong("goal")}>
          {(tied) => <TextArea {...tied} rows={5} value={step.goal} onChange={(event) => set({ goal: event.target.value })} />}
        </Field>
        <fieldset className="plan-needs" aria-label="Needs these steps first" aria-describedby="plan-needs-problem">
          <legend>Needs these steps first</legend>
          {!names.length && <span className="quiet small">There is no other step.</span>}
          {names.map((name) => (
            <Checkbox key={name} checked={step.needs.includes(name)} onChange={() => set({ needs: toggledIn(step.needs, name) })}>
              {name}
              {!others.includes(name) && <span className="plan-wrong small"> not in the plan</span>}
            </Checkbox>
          ))}
          {wrong("needs") && (
            <p id="plan-needs-problem" className="field-problem" role="alert">
              {wrong("needs")}
            </p>
          )}
        </fieldset>
        <Names label="Files it writes" hint="Paths or globs, one a line. Steps that write the same are put one after the other." names={step.writes} problem={wrong("writes")} onChange={(writes) => set({ writes })} />
        <Field label="Accepted when" problem={step.accept.check === "targets" ? "" : wrong("accept")}>
          {(tied) => (
            <Select {...tied} value={step.accept.check} options={Object.entries(CHECK_WORDS)} onPick={(check) => set({ accept: { ...step.accept, check: check as Step["accept"]["check"] } })} />
          )}
        </Field>
        {step.accept.check === "targets" && (
          <Names label="Tests that must pass" hint="One a line." names={step.accept.tests} problem={wrong("accept")} onChange={(tests) => set({ accept: { ...step.accept, tests } })} />
        )}
        <Names label="Its worker must have" hint="Capabilities such as docker, one a line." names={step.requires} problem={wrong("requires")} onChange={(requires) => set({ requires })} />
        <Field label="Model" hint="Empty: the run's, or the role's own.">
          {(tied) => <Input {...tied} value={step.model} onChange={(event) => set({ model: event.target.value })} />}
        </Field>
      </fieldset>
    </form>
  );
}

interface NamesProps {
  label: string;
  hint: string;
  names: readonly string[];
  problem: string;
  onChange(names: string[]): void;
}

function Names({ label, hint, names, problem, onChange }: NamesProps) {
  const rows = Math.min(Math.max(names.length + 1, 2), 8);
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(tied) => (
        // Kept as typed, an empty last line too; what is empty is left out when it is left.
        <TextArea
          {...tied}
          className="plan-names"
          rows={rows}
          value={names.join("\n")}
          onChange={(event) => onChange(event.target.value === "" ? [] : event.target.value.split("\n"))}
          onBlur={() => names.some((name) => !name.trim()) && onChange(names.map((name) => name.trim()).filter(Boolean))}
        />
      )}
    </Field>
  );
}

function toggledIn(names: readonly string[], name: string): string[] {
  return names.includes(name) ? names.filter((one) => one !== name) : [...names, name];
}

function withOwn(roles: readonly string[], own: string): [string, string][] {
  const found = roles.includes(own) ? roles : [own, ...roles];
  return found.map((role) => [role, role || "(none)"]);
}
