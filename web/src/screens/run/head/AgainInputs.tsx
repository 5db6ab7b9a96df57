import type { RunDetail } from "../../../data/wire";
import { Field, Input, Select, TextArea } from "../../../ui/Field";
import { type Again, choices } from "./again";

interface Props {
  detail: RunDetail;
  again: Again;
  onChange(again: Again): void;
}

/** What the chosen scope can be changed in. */
export function AgainInputs({ detail, again, onChange }: Props) {
  const steps = choices(again.scope, detail);
  const turns = detail.steps.find(({ step }) => step === again.step)?.turns ?? 0;
  return (
    <>
      {(again.scope === "step" || again.scope === "from") && (
        <Field label="Step">
          {(tied) => (
            <Select
              {...tied}
              value={again.step}
              options={steps.map((step) => [step, step] as const)}
              onPick={(step) => onChange({ ...again, step, turn: 0 })}
            />
          )}
        </Field>
      )}
      {again.scope === "from" && (
        <Field label="After turn" hint={`0: the step begins anew. It had ${turns} turns.`}>
          {(tied) => (
            <Input
              {...tied}
              type="number"
              min={0}
              max={turns}
              value={again.turn}
              onChange={(event) => onChange({ ...again, turn: Math.max(0, Number(event.target.value) || 0) })}
            />
          )}
        </Field>
      )}
      {again.scope === "all" && (
        <Field label="Task">
          {(tied) => (
            <TextArea
              {...tied}
              rows={4}
              value={again.task}
              onChange={(event) => onChange({ ...again, task: event.target.value })}
            />
          )}
        </Field>
      )}
      {again.scope !== "step" && (
        <Field label="Model">
          {(tied) => (
            <Input {...tied} value={again.model} onChange={(event) => onChange({ ...again, model: event.target.value })} />
          )}
        </Field>
      )}
    </>
  );
}
