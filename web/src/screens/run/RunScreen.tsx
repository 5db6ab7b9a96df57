import "./run.css";
import { getRouteApi } from "@tanstack/react-router";
import { Screen } from "../../app/Screen";
import type { RunView } from "../../data/run";
import { useStore } from "../../data/store";
import { ago, cost, elapsed, isOver, STATUS, tests } from "../../data/words";
import { Fact, Facts } from "../../ui/Facts";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { StatusChip } from "../../ui/StatusChip";
import { useNow } from "../../ui/useNow";
import { Outcome } from "./Outcome";
import { StepCard } from "./StepCard";

const route = getRouteApi("/runs/$run");

export function RunScreen() {
  const asked = route.useParams().run;
  const view = useStore((state) => state.view);
  const problem = useStore((state) => state.problems.run);
  if (view) return <Run view={view} />;
  return (
    <Screen title={`Run ${asked}`}>
      <Problem problem={problem} />
      {!problem && <Skeleton lines={6} label={`Loading run ${asked}`} />}
    </Screen>
  );
}

function Run({ view }: { view: RunView }) {
  const { run: line, steps, submission, asks, proofs } = view.detail;
  const now = useNow(!isOver(line));
  const stopping = asks.length > 0 && !isOver(line);
  return (
    <Screen
      title={`${STATUS[line.status]}: ${line.task.slice(0, 60)}`}
      heading={line.task}
      actions={
        <span role="status" aria-label="Status of the run">
          <StatusChip run={line} />
          {stopping && <span className="quiet"> Stopping, as asked.</span>}
        </span>
      }
    >
      <Facts>
        <Fact name="Elapsed">{elapsed(line, now)}</Fact>
        <Fact name="Model">{line.model}</Fact>
        <Fact name="Turns">{line.turns}</Fact>
        <Fact name="Tests">{tests(line.tests)}</Fact>
        <Fact name="Cost">{cost(line.spent)}</Fact>
        <Fact name="Submitted">
          {ago(line.submitted_at, now)}
          {line.submitted_by && <span className="quiet"> by {line.submitted_by}</span>}
        </Fact>
        <Fact name="Run">
          <code>{line.run}</code>
        </Fact>
      </Facts>
      {submission.notes.map((note) => (
        <p key={note} className="note">
          {note}
        </p>
      ))}
      <Outcome line={line} evidence={view.detail.evidence} />
      <section aria-labelledby="steps">
        <h2 id="steps">Steps</h2>
        {steps.length === 0 && <p className="quiet">No step has been planned yet.</p>}
        <ol className="steps" aria-label="Steps">
          {steps.map((step) => (
            <StepCard
              key={step.step}
              run={line}
              step={step}
              turns={view.turns.filter((turn) => turn.step === step.step)}
              proofs={proofs.filter((proof) => proof.step === step.step)}
            />
          ))}
        </ol>
      </section>
    </Screen>
  );
}
