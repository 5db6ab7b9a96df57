import { Command, ProblemNote, StatusChip, useNow } from "./parts";
import { follow, runPath } from "./route";
import { tally } from "./runs";
import { useStore } from "./store";
import type { RunLine } from "./wire";
import { cost, elapsed, FAILURE, isOver, plural, STATUS, tests } from "./words";

export function RunsPage() {
  const runs = useStore((state) => state.runs);
  const problem = useStore((state) => state.problems.runs);
  const now = useNow(Boolean(runs?.some((line) => !isOver(line))));
  return (
    <>
      <title>Runs · mycoder</title>
      <div className="head">
        <h1>Runs</h1>
        {runs && runs.length > 0 && <p className="quiet">{summary(runs)}</p>}
      </div>
      <ProblemNote problem={problem} />
      {runs === null && !problem && <p className="quiet">Loading…</p>}
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
    </>
  );
}

function Row({ line, now }: { line: RunLine; now: number }) {
  return (
    <li>
      <a className="row" href={runPath(line.run)} onClick={follow}>
        <span className="cell-status">
          <StatusChip status={line.status} />
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
      </a>
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
    <section className="empty">
      <h2>No runs yet</h2>
      <p>Hand the fleet a repository with a failing test. The run appears here as soon as it is accepted.</p>
      <Command>mycoder run "make the failing tests pass" --repo PATH</Command>
      <p>Nothing to fix at hand? This repairs a small bug in a fleet of its own, in the terminal:</p>
      <Command>mycoder demo</Command>
    </section>
  );
}

function summary(runs: readonly RunLine[]): string {
  return tally(runs)
    .map(([status, count]) => `${count} ${STATUS[status].toLowerCase()}`)
    .join(" · ");
}
