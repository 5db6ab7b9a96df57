import { useId, useState, type KeyboardEvent } from "react";
import type { RunLine, StepLine } from "../../../data/wire";
import { isOver } from "../../../data/words";
import { Button } from "../../../ui/Button";
import { Problem } from "../../../ui/Problem";
import { useCommand } from "../../../data/commands";

type When = "now" | "after";

const MODES: Record<When, [words: string, hint: string]> = {
  now: ["Now", "It hears this before its next turn."],
  after: ["After this step", "It hears this when it wants to hand its work in."],
};

/** A message to a step, in one of two plain modes, for the attempt that is on the screen and no other. */
export function Composer({ run, step }: { run: RunLine; step: StepLine }) {
  const [text, setText] = useState("");
  const [when, setWhen] = useState<When>("now");
  const giving = useCommand();
  const hint = useId();
  const ended = isOver(run) || ["done", "failed", "dropped", "cancelled"].includes(step.state);
  if (ended) return <p className="quiet small">This step has ended: it hears no more messages.</p>;
  async function send() {
    const said = text.trim();
    if (!said) return;
    const taken = await giving.give({ what: "message", run: run.run, step: step.step, text: said, when, attempt: step.attempt });
    if (taken) setText((now) => (now.trim() === said ? "" : now));
  }
  function onKey(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  }
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        className="input"
        aria-label={`Message to ${step.step}`}
        aria-describedby={hint}
        placeholder={`Tell ${step.step} something`}
        rows={2}
        data-message
        value={text}
        onKeyDown={onKey}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="row-of">
        <fieldset className="composer-when">
          <legend className="unseen">When it is said</legend>
          {(Object.keys(MODES) as When[]).map((mode) => (
            <label key={mode}>
              <input type="radio" name="when" checked={when === mode} onChange={() => setWhen(mode)} />
              <span>{MODES[mode][0]}</span>
            </label>
          ))}
        </fieldset>
        <Button kind="main" type="submit" busy={giving.busy} disabled={!text.trim()}>
          Send
        </Button>
        <span id={hint} className="quiet small">
          {MODES[when][1]}
        </span>
      </div>
      <Problem problem={giving.problem} />
    </form>
  );
}
