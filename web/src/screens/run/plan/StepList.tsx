import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { StepLine } from "../../../data/wire";
import { cost, duration, plural } from "../../../data/words";
import { StepChip } from "../../../ui/StepChip";
import type { RunSearch } from "../search";
import { workedMs } from "../step/worked";

interface Props {
  run: string;
  steps: readonly StepLine[];
  selected: string;
  critical: ReadonlySet<string>;
  now: number;
}

/** Every step of the plan in a list: what the graph shows, for every screen size and for those who listen. */
export function StepList({ run, steps, selected, critical, now }: Props) {
  return (
    <nav className="run-step-list" aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      {steps.length === 0 && <p className="quiet">No step has been planned yet.</p>}
      <ol className="plain-list">
        {steps.map((step) => (
          <li key={step.step}>
            <Entry
              run={run}
              step={step}
              selected={step.step === selected}
              critical={critical.has(step.step)}
              worked={Math.round(workedMs(step, now) / 1000)}
            />
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface EntryProps {
  run: string;
  step: StepLine;
  selected: boolean;
  critical: boolean;
  /** Seconds. */
  worked: number;
}

const Entry = memo(function Entry({ run, step, selected, critical, worked }: EntryProps) {
  const { state, needs } = step;
  const facts = [
    step.role,
    worked ? duration(worked) : "",
    step.spent.calls ? cost(step.spent) : "",
    step.attempts.length > 1 ? plural(step.attempts.length, "attempt") : "",
    critical ? "on the longest chain" : "",
  ];
  return (
    <Link
      to="/runs/$run"
      params={{ run }}
      search={(before: RunSearch) => ({ ...before, step: step.step, attempt: undefined, turn: undefined, event: undefined })}
      resetScroll={false}
      className={state === "dropped" ? "run-step run-step-dropped" : "run-step"}
      aria-current={selected ? "true" : undefined}
    >
      <span className="run-step-name">
        <b>{step.step}</b>
        <StepChip state={state} />
      </span>
      <span className="quiet small">{facts.filter(Boolean).join(" · ")}</span>
      {needs.length > 0 && <span className="quiet small">needs {needs.join(", ")}</span>}
    </Link>
  );
});
