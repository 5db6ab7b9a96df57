import "./runs.css";
import { Link } from "@tanstack/react-router";
import { Screen } from "../../app/Screen";
import { tally } from "../../data/runs";
import { useStore } from "../../data/store";
import type { RunLine } from "../../data/wire";
import { cost, elapsed, FAILURE, isOver, plural, STATUS, tests } from "../../data/words";
import { Command } from "../../ui/Command";
import { Empty } from "../../ui/Empty";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { StatusChip } from "../../ui/StatusChip";
import { useNow } from "../../ui/useNow";

export function RunsScreen() {
  const runs = useStore((state) => state.runs);
  const problem = useStore((state) => state.problems.runs);
  const now = useNow(Boolean(runs?.some((line) => !isOver(line))));
  return (
    <Screen title="Runs" actions={runs && runs.length > 0 && <p className="quiet">{summary(runs)}</p>}>
      <Problem problem={problem} />
      {runs === null && !problem && <Skeleton lines={6} label="Loading the runs" />}
      {runs?.length === 0 && <FirstRun />}
      {runs && runs.length > 0 && (
        <>
          <div className="row columns" aria-hidden="true">
            <span>Status</span>
            <span>Task</span>
            <span>Model</span>
            <span>Elapsed</span>
            <span>Turns</span>
            <span>Tests</span>
            <span>Cost</span>
          </div>
          <ul className="runs" aria-label="Runs">
            {runs.map((line) => (
              <Row key={line.run} line={line} now={now} />
            ))}
          </ul>
        </>
      )}
    </Screen>
  );
}

function Row({ line, now }: { line: RunLine; now: number }) {
  return (
    <li>
      <Link className="row" to="/runs/$run" params={{ run: line.run }}>
        <span className="cell-status">
          <StatusChip run={line} />
        </span>
        <span className="cell-task">
          <span className="clamp">{line.task}</span>
          {line.failure && <span className="why">{FAILURE[line.failure.code]}</span>}
        </span>
        <Cell name="Model">{line.model}</Cell>
        <Cell name="Elapsed">{elapsed(line, now)}</Cell>
        <Cell name="Turns">{line.turns ? plural(line.turns, "turn") : ""}</Cell>
        <Cell name="Tests">{tests(line.tests)}</Cell>
        <Cell name="Cost">{cost(line.spent)}</Cell>
      </Link>
    </li>
  );
}

function Cell({ name, children }: { name: string; children: string }) {
  return (
    <span className={`cell cell-${name.toLowerCase()}`}>
      {children && <span className="unseen">{name}: </span>}
      {children}
    </span>
  );
}

function FirstRun() {
  return (
    <Empty title="No runs yet">
      <p>Hand the fleet a repository with a failing test. The run appears here as soon as it is accepted.</p>
      <Command>mycoder run "make the failing tests pass" --repo PATH</Command>
      <p>Nothing to fix at hand? This repairs a small bug in a fleet of its own, in the terminal:</p>
      <Command>mycoder demo</Command>
    </Empty>
  );
}

function summary(runs: readonly RunLine[]): string {
  return tally(runs)
    .map(([status, count]) => `${count} ${STATUS[status].toLowerCase()}`)
    .join(" · ");
}
