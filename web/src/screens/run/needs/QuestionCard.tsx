import "./needs.css";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import type { OpenQuestion } from "../../../data/wire";
import { Button } from "../../../ui/Button";
import { Icon } from "../../../ui/Icon";
import { Problem } from "../../../ui/Problem";
import { Time } from "../../../ui/Time";
import { useCommand } from "../commands";
import { readable } from "../step/args";
import { choicesFor } from "./answers";
import { useArmed } from "./useArmed";

const KIND: Record<OpenQuestion["question"]["kind"], string> = {
  approval: "May it do this?",
  question: "A question",
  plan: "The plan waits for a yes",
  paused: "Paused",
};

/** One thing that waits for a person, with all that is needed to answer it here. */
export function QuestionCard({ open, now }: { open: OpenQuestion; now: number }) {
  const [text, setText] = useState("");
  const [edited, setEdited] = useState<string | null>(null);
  const armed = useArmed(open.question.id);
  const giving = useCommand();
  const heading = useId();
  const { question, step, since } = open;
  return (
    <section className="question" aria-labelledby={heading}>
      <h2 id={heading}>
        <Icon name="bell" /> {KIND[question.kind]}
        <span className="quiet small">
          {step && `step ${step} · `}
          <Time at={since} now={now} />
        </span>
      </h2>
      {question.text && <p className="question-text">{question.text}</p>}
      {question.kind === "approval" && <Call open={open} edited={edited} onEdit={setEdited} />}
      <Risks risks={question.risks} />
      {question.kind === "plan" && (
        <p>
          <Link to="/runs/$run/plan" params={{ run: open.run }}>
            Read and edit the plan
          </Link>
        </p>
      )}
      {question.kind !== "paused" && <Words kind={question.kind} text={text} onText={setText} />}
      <div className="row-of">
        {choicesFor(open, text, edited).map(({ words, kind, wanted }) => (
          <Button
            key={kind}
            kind={kind}
            busy={giving.busy}
            disabled={!armed || wanted === null}
            onClick={() => wanted && void giving.give(wanted)}
          >
            {words}
          </Button>
        ))}
        {giving.outcome?.outcome === "pending" && <span className="quiet">Stored; nobody has read it yet.</span>}
      </div>
      <Problem problem={giving.problem} />
    </section>
  );
}

interface CallProps {
  open: OpenQuestion;
  edited: string | null;
  onEdit(edited: string | null): void;
}

/** The call that waits: as it is, or as somebody wants it instead. */
function Call({ open: { question }, edited, onEdit }: CallProps) {
  const command = readable(question.arguments);
  return (
    <div className="question-call">
      <p className="row-of">
        <b>{question.tool}</b>
        <Button kind="bare" onClick={() => onEdit(edited === null ? command : null)}>
          {edited === null ? "Change it…" : "As it was"}
        </Button>
      </p>
      {edited === null ? (
        <pre tabIndex={0} aria-label={`What ${question.tool} is called with`}>
          {command}
        </pre>
      ) : (
        <textarea
          className="input"
          aria-label="How it should be instead"
          rows={Math.min(12, edited.split("\n").length + 1)}
          value={edited}
          onChange={(event) => onEdit(event.target.value)}
        />
      )}
    </div>
  );
}

function Risks({ risks }: { risks: readonly string[] }) {
  if (!risks.length) return null;
  return (
    <ul className="question-risks" aria-label="Risks">
      {risks.map((risk) => (
        <li key={risk}>
          <Icon name="warn" /> {risk}
        </li>
      ))}
    </ul>
  );
}

interface WordsProps {
  kind: OpenQuestion["question"]["kind"];
  text: string;
  onText(text: string): void;
}

function Words({ kind, text, onText }: WordsProps) {
  const label = kind === "question" ? "Your answer" : "A word with it (may be empty)";
  return (
    <textarea
      className="input"
      aria-label={label}
      placeholder={label}
      rows={kind === "question" ? 3 : 1}
      value={text}
      onChange={(event) => onText(event.target.value)}
    />
  );
}
