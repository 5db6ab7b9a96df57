import { useState } from "react";
import { Why } from "./Outcome";
import { Turn } from "./Turn";
import type { Proof, RunLine, StepLine, TurnLine } from "../../data/wire";
import { plural, tests } from "../../data/words";
import { Button } from "../../ui/Button";
import { StepChip } from "../../ui/StepChip";

/** Turns shown at first; the rest on demand. */
const LAST = 30;

interface Props {
  run: RunLine;
  step: StepLine;
  turns: TurnLine[];
  proofs: Proof[];
}

export function StepCard({ run, step, turns, proofs }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? turns : turns.slice(-LAST);
  const attempt = step.attempts.at(-1);
  return (
    <li className="card step">
      <div className="step-head">
        <h3>
          {step.step} <span className="quiet">{step.role}</span>
        </h3>
        <StepChip state={step.state} />
      </div>
      {step.goal !== run.task && <p className="goal">{step.goal}</p>}
      <p className="quiet">
        {[
          plural(step.turns, "turn"),
          step.attempt > 1 ? `attempt ${step.attempt}` : "",
          attempt?.isolation ? `confined by ${attempt.isolation}` : "",
          attempt?.test_command ? `tests: ${attempt.test_command}` : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {attempt?.notes.map((note) => (
        <p key={note} className="note">
          {note}
        </p>
      ))}
      {step.failure && step.failure.message !== run.failure?.message && <Why failure={step.failure} />}
      {proofs.map(({ evidence }) => (
        <p key={evidence.id} className="proof">
          Checked on tree <code>{evidence.tree.slice(0, 12)}</code>: {tests(evidence.tests)}, exit code{" "}
          {evidence.exit_code}
        </p>
      ))}
      {shown.length < turns.length && (
        <Button onClick={() => setAll(true)}>
          Show {plural(turns.length - shown.length, "earlier turn")}
        </Button>
      )}
      {shown.length > 0 && (
        <ol className="turns" aria-label={`Turns of ${step.step}`}>
          {shown.map((turn) => (
            <Turn key={turn.seq} turn={turn} />
          ))}
        </ol>
      )}
    </li>
  );
}
