import "./step.css";
import { useId } from "react";
import type { RunDetail, StepLine } from "../../../data/wire";
import { cost, duration, plural } from "../../../data/words";
import { Fact, Facts } from "../../../ui/Facts";
import { StepChip } from "../../../ui/StepChip";
import { Why } from "../head/Outcome";
import { accepted } from "./checks";
import { Composer } from "./Composer";
import { Conversation } from "./Conversation";
import { Messages } from "./Messages";
import { workedMs } from "./worked";

interface Props {
  detail: RunDetail;
  step: StepLine;
  now: number;
}

/** One step: what it is to do, how it stands, all it said and did, and a way to say something to it. */
export default function StepPanel({ detail, step, now }: Props) {
  const { run } = detail;
  const heading = useId();
  const attempt = step.attempts.at(-1);
  const worked = workedMs(step, now) / 1000;
  return (
    <section className="step" aria-labelledby={heading}>
      <header className="step-head">
        <h2 id={heading}>{step.step}</h2>
        <span className="quiet">{step.role}</span>
        <StepChip state={step.state} />
      </header>
      {step.goal !== run.task && <p className="step-goal">{step.goal}</p>}
      <Facts>
        <Fact name="Worked">{worked ? <span className="numbers">{duration(worked)}</span> : ""}</Fact>
        <Fact name="Turns">{step.turns || ""}</Fact>
        <Fact name="Cost">{step.spent.calls ? cost(step.spent) : ""}</Fact>
        <Fact name="Attempts">{step.attempts.length > 1 ? plural(step.attempts.length, "attempt") : ""}</Fact>
        <Fact name="Round">{step.round > 1 ? step.round : ""}</Fact>
        <Fact name="Confined by">{attempt?.isolation}</Fact>
        <Fact name="Worker">{step.worker}</Fact>
        <Fact name="Needs">{step.needs.join(", ")}</Fact>
        <Fact name="Accepted when">{accepted(step)}</Fact>
      </Facts>
      {step.failure && step.failure.message !== run.failure?.message && <Why failure={step.failure} />}
      <Conversation detail={detail} step={step} />
      <Messages detail={detail} step={step} now={now} />
      <Composer run={run} step={step} />
    </section>
  );
}
