import "./inbox.css";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { announce } from "../../app/announce";
import { useCommand, type Wanted } from "../../data/commands";
import type { OpenQuestion } from "../../data/wire";
import { Chip } from "../../ui/Chip";
import { Command } from "../../ui/Command";
import { Problem } from "../../ui/Problem";
import { Time } from "../../ui/Time";
import { Answer, type Answered } from "./Answer";
import { Arguments } from "./Arguments";
import { askedOf, commandsOf, KIND_WORDS, keyOf } from "./asked";
import { PlannedSteps } from "./PlannedSteps";
import { useArmed } from "./useArmed";

interface Props {
  open: OpenQuestion;
  now: number;
  /** What its buttons wait for when it changes: all that is shown beside it. See useArmed. */
  among?: string;
  /** On the page of its own run: without links to it. */
  inRun?: boolean;
}

const SAID: Record<Answered["what"], string> = { approve: "Approved", deny: "Denied", resume: "Going on" };

/** What waits for a person, with everything that is needed to decide it. */
export function QuestionCard({ open, now, among = keyOf(open), inRun = false }: Props) {
  const { run, step, question, since, task } = open;
  const asked = askedOf(open);
  const armed = useArmed(among);
  const giving = useCommand();
  const [sent, setSent] = useState(false);
  async function give(answered: Answered) {
    const taken = await giving.give({ ...answered, run, ...about(answered, question.id) } as Wanted);
    if (!taken) return;
    setSent(true);
    announce(`${SAID[answered.what]}: ${asked || task}`);
  }
  return (
    <article
      className="inbox-card"
      data-question={keyOf(open)}
      aria-label={asked || task}
      tabIndex={-1}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.focus()}
    >
      <header className="row-of">
        <Chip tone={question.kind === "paused" ? "held" : "warn"} mark="?">
          {KIND_WORDS[question.kind]}
        </Chip>
        {!inRun && (
          <Link to="/runs/$run" params={{ run }} className="inbox-card-task">
            {task}
          </Link>
        )}
        {step && (
          <Link to="/runs/$run" params={{ run }} search={{ step }}>
            step {step}
          </Link>
        )}
        <span className="quiet small">
          asked <Time at={since} now={now} />
        </span>
      </header>
      {asked && <p className="inbox-card-text">{asked}</p>}
      {question.risks.length > 0 && (
        <ul className="plain-list row-of" aria-label="Risks">
          {question.risks.map((risk) => (
            <li key={risk}>
              <Chip tone="bad" mark="!">
                {risk}
              </Chip>
            </li>
          ))}
        </ul>
      )}
      {question.arguments && question.kind !== "question" && <Arguments tool={question.tool} args={question.arguments} />}
      {question.kind === "plan" && !inRun && <PlannedSteps run={run} question={question.id} />}
      <Problem problem={giving.problem} />
      {sent ? (
        <p className="quiet">{giving.outcome?.outcome === "pending" ? "Stored; it counts as soon as an orchestrator runs." : "Taken."}</p>
      ) : (
        <Answer open={open} armed={armed} busy={giving.busy} onGive={(answered) => void give(answered)} />
      )}
      <details className="small">
        <summary className="quiet">In a terminal</summary>
        <div className="stack inbox-card-terminal">
          {commandsOf(open).map((line) => (
            <Command key={line}>{line}</Command>
          ))}
        </div>
      </details>
    </article>
  );
}

function about(answered: Answered, question: string): object {
  return answered.what === "resume" ? {} : { question };
}
