import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Problem } from "../../ui/Problem";
import { DiffList } from "./DiffList";
import type { PlanEditing } from "./usePlan";
import { useSubmit } from "./usePlan";

/** What would be sent, what stands in its way, and the button. */
export function Sending({ run, editing, current }: { run: string; editing: PlanEditing; current: number }) {
  const { busy, problem, submit } = useSubmit(run, editing.drop);
  const { touched, stale, problems, conflicts } = editing;
  if (!touched) return null;
  return (
    <section className="panel stack" aria-label="Your edit">
      <h2>Your edit of revision {editing.based}</h2>
      {stale && (
        <div className="note stack" role="alert">
          <p>The plan has moved on to revision {current}; an edit of an older one is refused.</p>
          <div className="row-of">
            <Button kind="main" onClick={editing.carry}>
              Carry my edit over
            </Button>
            <Button onClick={editing.drop}>Drop my edit</Button>
          </div>
        </div>
      )}
      {conflicts.length > 0 && (
        <ul className="plan-conflicts small" aria-label="What both changed">
          {conflicts.map(({ id, text }) => (
            <li key={id}>
              <b>{id}</b>: {text}
            </li>
          ))}
        </ul>
      )}
      <DiffList diff={editing.diff} nothing="Nothing differs." />
      {problems.filter(({ at }) => at < 0).map(({ text }) => <p key={text} className="field-problem">{text}</p>)}
      <Problem problem={problem} />
      {!stale && (
        <div className="row-of">
          <Button kind="main" busy={busy} disabled={problems.length > 0} onClick={() => void submit(editing.based, editing.steps)}>
            Send the edit
          </Button>
          <Button onClick={editing.drop}>Drop it</Button>
          {problems.length > 0 && <span className="quiet small">{plural(problems.length, "problem")} to settle first</span>}
        </div>
      )}
    </section>
  );
}
