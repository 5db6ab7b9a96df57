import { Link } from "@tanstack/react-router";
import type { RunDetail } from "../../../data/wire";
import { cost, elapsed, tests } from "../../../data/words";
import { CopyButton } from "../../../ui/CopyButton";
import { Fact, Facts } from "../../../ui/Facts";
import { Time } from "../../../ui/Time";

/** What to know about a run at a glance, and where else to look. */
export function RunFacts({ detail, now }: { detail: RunDetail; now: number }) {
  const { run } = detail;
  return (
    <Facts>
      <Fact name="Elapsed">
        <span className="numbers">{elapsed(run, now)}</span>
      </Fact>
      <Fact name="Steps">{run.steps ? `${run.steps_done} of ${run.steps} done` : ""}</Fact>
      <Fact name="Turns">
        <span className="numbers">{run.turns}</span>
      </Fact>
      <Fact name="Tests">{tests(run.tests)}</Fact>
      <Fact name="Cost">
        <Budget detail={detail} />
      </Fact>
      <Fact name="Model">{run.model}</Fact>
      <Fact name="Submitted">
        <Time at={run.submitted_at} now={now} />
        {run.submitted_by && <span className="quiet"> by {run.submitted_by}</span>}
      </Fact>
      <Fact name="Run">
        <span className="run-id">
          <code>{run.run}</code>
          <CopyButton text={run.run} />
        </span>
      </Fact>
      <Fact name="Forked from">{detail.submission.fork && <Origin run={detail.submission.fork.run} />}</Fact>
      <Fact name="Replays">{detail.submission.replay && <Origin run={detail.submission.replay} />}</Fact>
    </Facts>
  );
}

function Origin({ run }: { run: string }) {
  return (
    <Link to="/runs/$run" params={{ run }}>
      <code>{run.slice(0, 10)}…</code>
    </Link>
  );
}

/** What was spent, against the limit where there is one. */
function Budget({ detail: { run, submission } }: { detail: RunDetail }) {
  const limit = submission.limits.usd;
  if (!limit) return cost(run.spent);
  const known = run.spent.cost_usd ?? run.spent.known_usd;
  return (
    <span className="run-budget">
      {cost(run.spent)} of ${limit}
      <meter min={0} max={limit} high={limit * 0.8} value={known} aria-label="Share of the budget that is spent" />
    </span>
  );
}
