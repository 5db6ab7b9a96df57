import { useState } from "react";
import { newId } from "../../data/id";
import { command } from "../../data/store";
import type { OpenQuestion } from "../../data/wire";
import { Button } from "../../ui/Button";
import { TextArea } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { useArmed } from "./useArmed";

/** The plan waits for a yes or a no. A no with words has it planned again; sending an edit is a yes to that edit. */
export function Approval({ run, question, edited }: { run: string; question: OpenQuestion["question"]; edited: boolean }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  const armed = useArmed(question.id);
  const settle = async (what: "approve" | "deny") => {
    setBusy(true);
    setProblem(null);
    try {
      const done = await command({ what, id: newId(), run, question: question.id, text });
      if (done.outcome === "refused") throw new Error(done.reason || "it was refused");
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="plan-approval panel stack" aria-label="The plan waits for you">
      <h2>The plan waits for you</h2>
      {question.text && <p>{question.text}</p>}
      <TextArea aria-label="What should be different" placeholder="With a no: what should be different" rows={2} value={text} onChange={(event) => setText(event.target.value)} />
      <div className="row-of">
        <Button kind="main" busy={busy} disabled={!armed || edited} onClick={() => void settle("approve")}>
          Approve the plan
        </Button>
        <Button kind="danger" busy={busy} disabled={!armed} onClick={() => void settle("deny")}>
          {text.trim() ? "Deny, and plan again" : "Deny, and end the run"}
        </Button>
        {edited && <span className="quiet small">You have edited it: send the edit, which approves it, or drop it first.</span>}
      </div>
      <Problem problem={problem} />
    </section>
  );
}
