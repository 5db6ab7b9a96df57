import { Outcome } from "./Outcome";
import { Fact, ProblemNote, StatusChip, useNow } from "./parts";
import { follow } from "./route";
import type { RunView } from "./run";
import { StepCard } from "./StepCard";
import { useStore } from "./store";
import { ago, cost, elapsed, isOver, STATUS, tests } from "./words";

export function RunPage({ asked }: { asked: string }) {
  const view = useStore((state) => state.view);
  const problem = useStore((state) => state.problems.run);
  return (
    <>
      <p className="back">
        <a href="/" onClick={follow}>
          ← All runs
        </a>
      </p>
      <ProblemNote problem={problem} />
      {!view && !problem && <p className="quiet">Loading run {asked}…</p>}
      {view && <Run view={view} />}
    </>
  );
}

function Run({ view }: { view: RunView }) {
  const { run: line, steps, submission, asks, proofs } = view.detail;
  const now = useNow(!isOver(line));
  const stopping = asks.length > 0 && !isOver(line);
  return (
    <>
      <title>{`${STATUS[line.status]}: ${line.task.slice(0, 60)} · mycoder`}</title>
      <div className="head">
        <h1 className="task">{line.task}</h1>
        <span role="status" aria-label="Status of the run">
          <StatusChip status={line.status} />
          {stopping && <span className="quiet"> Stopping, as asked.</span>}
        </span>
      </div>
      <dl className="facts">
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
      </dl>
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
    </>
  );
}
