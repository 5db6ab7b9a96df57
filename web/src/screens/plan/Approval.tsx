import { useState } from "react";
import { useCommand } from "../../data/commands";
import type { OpenQuestion } from "../../data/wire";
import { Button } from "../../ui/Button";
import { TextArea } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { useArmed } from "../inbox/useArmed";

/** The plan waits for a yes or a no. A no with words has it planned again; sending an edit is a yes to that edit. */
export function Approval({ run, question, edited }: { run: string; question: OpenQuestion["question"]; edited: boolean }) {
  const [text, setText] = useState("");
  const giving = useCommand();
  const armed = useArmed(question.id);
  const settle = (what: "approve" | "deny") => void giving.give({ what, run, question: question.id, text: text.trim() });
  return (
    <section className="plan-approval panel stack" aria-label="The plan waits for you">
      <h2>The plan waits for you</h2>
      {question.text && <p className="quiet">Where it comes from: {question.text}.</p>}
      <TextArea
        aria-label="What should be different"
        placeholder="With a no: what should be different"
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="row-of">
        <Button kind="main" busy={giving.busy} disabled={!armed || edited} onClick={() => settle("approve")}>
          Approve the plan
        </Button>
        <Button kind="danger" busy={giving.busy} disabled={!armed} onClick={() => settle("deny")}>
          {text.trim() ? "Deny, and plan again" : "Deny, and end the run"}
        </Button>
        {edited && <span className="quiet small">You have edited it: send the edit, which approves it, or drop it first.</span>}
      </div>
      <Problem problem={giving.problem} />
    </section>
  );
}
