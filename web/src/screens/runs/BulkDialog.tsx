import { useState } from "react";
import { announce } from "../../app/announce";
import type { RunLine } from "../../data/wire";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { carryOut, fits, jobsOf, WORK_WORDS, type Job, type Work } from "./bulk";

const STATE: Record<Job["state"], string> = { waits: "", busy: "…", done: "✓", failed: "✕" };

interface Props {
  work: Work;
  picked: RunLine[];
  onClose(): void;
}

/** Shows exactly which runs first; the list stays as it was when it was opened. */
export function BulkDialog({ work, picked, onClose }: Props) {
  const [jobs, setJobs] = useState(() => jobsOf(picked.filter((line) => fits(work, line))));
  const [unfit] = useState(picked.length - jobs.length);
  const [phase, setPhase] = useState<"ask" | "busy" | "over">("ask");
  const { verb, object, title, unfit: why } = WORK_WORDS[work];
  const failed = jobs.filter((job) => job.state === "failed").length;
  async function go() {
    setPhase("busy");
    await carryOut(work, jobs, (job) => setJobs((all) => all.map((one) => (one.id === job.id ? job : one))));
    setPhase("over");
    announce(`${title}: over`);
  }
  return (
    <Dialog title={title} open onClose={onClose}>
      <p>
        {phase === "ask" ? `This will be done to ${plural(jobs.length, "run")}:` : `${plural(jobs.length, "run")}.`}
        {unfit > 0 && <span className="quiet"> {unfit} of those selected {why} and left out.</span>}
      </p>
      <ul className="plain-list bulk-runs" tabIndex={0} aria-label="Runs it is about">
        {jobs.map(({ line, id, state, said }) => (
          <li key={id}>
            <code>{line.run}</code>
            <span className="clamp-1">{line.task}</span>
            {state !== "waits" && (
              <span className={state === "failed" ? "field-problem" : "quiet small"}>
                {STATE[state]} {said}
              </span>
            )}
          </li>
        ))}
      </ul>
      <div className="dialog-actions">
        <Button onClick={onClose}>{phase === "ask" ? "Leave them" : "Close"}</Button>
        {phase !== "over" && (
          <Button kind={work === "cancel" ? "danger" : "main"} busy={phase === "busy"} onClick={() => void go()}>
            {`${verb} ${object}${plural(jobs.length, "run")}`}
          </Button>
        )}
        {phase === "over" && failed > 0 && <Button onClick={() => void go()}>Try {failed} again</Button>}
      </div>
    </Dialog>
  );
}
