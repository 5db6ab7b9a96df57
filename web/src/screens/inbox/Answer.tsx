import { Link } from "@tanstack/react-router";
import { useRef, useState, type KeyboardEvent } from "react";
import { flushSync } from "react-dom";
import type { OpenQuestion } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Field, TextArea } from "../../ui/Field";
import { changed, editable } from "./asked";

export type Answered =
  | { what: "approve"; text: string; arguments?: string }
  | { what: "deny"; text: string }
  | { what: "resume" };

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
  const change = useRef<HTMLButtonElement>(null);
  const mine = text.trim();
  const deny = () => onGive({ what: "deny", text: mine });
  if (changing) {
    const onLeave = () => {
      flushSync(() => setChanging(false));
      change.current?.focus();
    };
    return <Change question={question} word={mine} armed={armed} busy={busy} onGive={onGive} onLeave={onLeave} />;
  }
  return (
    <>
      <Field label="Message (optional)" hint="With a yes the step reads it too; with a no it says what to do instead.">
        {(tied) => (
          <TextArea
            {...tied}
            data-composer
            rows={2}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => isSend(event) && deny()}
          />
        )}
      </Field>
      <div className="row-of">
        <Armed kind="main" name="a" armed={armed} busy={busy} onClick={() => onGive({ what: "approve", text: mine })}>
          Approve
        </Armed>
        <Armed kind="danger" armed={armed} busy={busy} onClick={deny}>
          {mine ? "Deny with this message" : "Deny"}
        </Armed>
        {question.kind === "plan" && (
          <Link to="/runs/$run/plan" params={{ run }} className="button button-plain">
            Edit the plan first
          </Link>
        )}
        {question.kind === "approval" && (
          <Button ref={change} onClick={() => setChanging(true)}>
            Change it…
          </Button>
        )}
      </div>
    </>
  );
}

interface ChangeProps extends Omit<Props, "open"> {
  question: OpenQuestion["question"];
  word: string;
  onLeave(): void;
}

/** The call as somebody would have it: approved with these arguments. */
function Change({ question, word, armed, busy, onGive, onLeave }: ChangeProps) {
  const [text, setText] = useState(() => editable(question));
  const args = changed(question, text);
  const ready = armed && args !== null;
  const approve = () => args !== null && onGive({ what: "approve", text: word, arguments: args });
  const hint = args === null ? "This is no JSON object of arguments yet." : "The call is made like this, and the step is told so.";
  return (
    <>
      <Field label={`What ${question.tool} is called with`} hint={hint}>
        {(tied) => (
          <TextArea
            {...tied}
            data-composer
            autoFocus
            rows={6}
            className="inbox-card-edit"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => isSend(event) && ready && approve()}
          />
        )}
      </Field>
      <div className="row-of">
        <Armed kind="main" name="a" armed={ready} busy={busy} onClick={approve}>
          Approve as changed
        </Armed>
        <Button onClick={onLeave}>As it was asked</Button>
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

function Armed({ armed, busy, kind, name, onClick, children }: ArmedProps) {
  return (
    <Button kind={kind} busy={busy} idle={!armed} data-key={name} onClick={onClick}>
      {children}
    </Button>
  );
}

function isSend(event: KeyboardEvent): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey);
}
