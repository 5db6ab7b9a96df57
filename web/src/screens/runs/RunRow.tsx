import { Link } from "@tanstack/react-router";
import { memo, type ReactNode } from "react";
import type { RunLine } from "../../data/wire";
import { cost, elapsed, FAILURE, isOver, tests } from "../../data/words";
import { StatusChip } from "../../ui/StatusChip";
import { Time } from "../../ui/Time";

interface Props {
  line: RunLine;
  now: number;
  picked: boolean;
  onPick(run: string): void;
}

export const RunRow = memo(
  function RunRow({ line, now, picked, onPick }: Props) {
    return (
      <div className={picked ? "run-row run-row-picked" : "run-row"}>
        <label className="run-row-pick">
          <input type="checkbox" checked={picked} onChange={() => onPick(line.run)} />
          <span className="unseen">Select {line.task.slice(0, 80)}</span>
        </label>
        <Link className="run-row-link" to="/runs/$run" params={{ run: line.run }} data-run={line.run}>
          <StatusChip run={line} />
          <span className="run-row-task">
            <span className="clamp-1">{line.task}</span>
            {line.failure && <span className={whyClass(line)}>{FAILURE[line.failure.code]}</span>}
          </span>
          <span className="run-row-facts quiet small numbers">
            <Part name="Model">{line.model}</Part>
            <Part name="Steps">{line.steps > 1 ? `${line.steps_done}/${line.steps} steps` : ""}</Part>
            <Part name="Tests">{tests(line.tests)}</Part>
            <Part name="Cost">{line.spent.calls ? cost(line.spent) : ""}</Part>
            <Part name="Elapsed">{elapsed(line, now)}</Part>
            <Part name="Submitted">
              <Time at={line.submitted_at} now={now} />
            </Part>
          </span>
        </Link>
      </div>
    );
  },
  (before, after) =>
    before.line === after.line &&
    before.picked === after.picked &&
    before.onPick === after.onPick &&
    sameTime(before.line, before.now, after.now),
);

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className={`run-row-${name.toLowerCase()}`}>
      {children && <span className="unseen">{name}: </span>}
      {children}
    </span>
  );
}

/** That somebody stopped it is no trouble. */
function whyClass({ status }: RunLine): string {
  return status === "cancelled" ? "run-row-why quiet" : "run-row-why run-row-bad";
}

/** The clock of a run that is over shows minutes at most. */
function sameTime(line: RunLine, before: number, after: number): boolean {
  return isOver(line) ? Math.floor(before / 60_000) === Math.floor(after / 60_000) : before === after;
}
