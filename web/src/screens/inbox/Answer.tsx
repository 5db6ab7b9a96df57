import { Link } from "@tanstack/react-router";
import { useState, type KeyboardEvent } from "react";
import type { OpenQuestion } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Field, TextArea } from "../../ui/Field";
import { changed, editable } from "./asked";

export type Answered = { what: "approve" | "deny"; text: string } | { what: "resume" };

interface Props {
  open: OpenQuestion;
  armed: boolean;
  busy: boolean;
  onGive(answered: Answered): void;
}

/** The ways to answer. What is typed stays, whatever else happens on the page. */
export function Answer({ open, armed, busy, onGive }: Props) {
  const { kind } = open.question;
  if (kind === "paused") {
    return <Armed kind="main" armed={armed} busy={busy} name="a" onClick={() => onGive({ what: "resume" })}>Go on</Armed>;
  }
  return kind === "question" ? (
    <Reply armed={armed} busy={busy} onGive={onGive} />
  ) : (
    <Decide open={open} armed={armed} busy={busy} onGive={onGive} />
  );
}

function Reply({ armed, busy, onGive }: Omit<Props, "open">) {
  const [text, setText] = useState("");
  const answer = () => onGive({ what: "approve", text: text.trim() });
  return (
    <>
      <Field label="Your answer">
        {(tied) => (
          <TextArea
            {...tied}
            data-composer
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => isSend(event) && text.trim() && answer()}
          />
        )}
      </Field>
      <div className="row-of">
        <Armed kind="main" armed={armed && text.trim() !== ""} busy={busy} onClick={answer}>
          Answer
        </Armed>
        <Armed armed={armed} busy={busy} onClick={() => onGive({ what: "deny", text: text.trim() })}>
          No answer: decide yourself
        </Armed>
      </div>
    </>
  );
}

function Decide({ open: { run, question }, armed, busy, onGive }: Props) {
  const [text, setText] = useState("");
  const [changing, setChanging] = useState(false);
  const mine = text.trim();
  function deny() {
    const told = changing ? changed(question.tool, mine) : mine;
    onGive({ what: "deny", text: told });
  }
  function change() {
    setText(editable(question.arguments));
    setChanging(true);
  }
  const hint = changing
    ? "The call is denied as it is, and the step is told to make yours instead."
    : "Goes along with the yes, or says what to do instead.";
  return (
    <>
      <Field label={changing ? `What ${question.tool} shall do instead` : "A word along with it"} hint={hint}>
        {(tied) => (
          <TextArea
            {...tied}
            data-composer
            rows={changing ? 4 : 2}
            className={changing ? "inbox-card-edit" : "inbox-card-word"}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => isSend(event) && deny()}
          />
        )}
      </Field>
      <div className="row-of">
        {!changing && (
          <Armed kind="main" name="a" armed={armed} busy={busy} onClick={() => onGive({ what: "approve", text: mine })}>
            Approve
          </Armed>
        )}
        <Armed kind={changing ? "main" : "danger"} armed={armed && (!changing || mine !== "")} busy={busy} onClick={deny}>
          {changing ? "Send back changed" : mine ? "Deny with this message" : "Deny"}
        </Armed>
        {question.kind === "plan" && (
          <Link to="/runs/$run/plan" params={{ run }} className="button button-plain">
            Edit the plan first
          </Link>
        )}
        {question.kind === "approval" && !changing && <Button onClick={change}>Change it…</Button>}
        {changing && <Button onClick={() => setChanging(false)}>As it was asked</Button>}
      </div>
    </>
  );
}

interface ArmedProps {
  armed: boolean;
  busy: boolean;
  kind?: "plain" | "main" | "danger";
  /** The key that presses it. */
  name?: string;
  onClick(): void;
  children: string;
}

/** Keeps the focus while it is not armed, and does nothing when it is pressed. */
function Armed({ armed, busy, kind, name, onClick, children }: ArmedProps) {
  return (
    <Button
      kind={kind}
      busy={busy}
      data-key={name}
      aria-disabled={!armed || undefined}
      className={armed ? "" : "inbox-card-unarmed"}
      onClick={() => armed && onClick()}
    >
      {children}
    </Button>
  );
}

function isSend(event: KeyboardEvent): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey);
}
