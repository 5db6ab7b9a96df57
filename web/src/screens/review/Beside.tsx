import { address } from "../../data/api";
import type { RunDetail } from "../../data/wire";
import { cost, FAILURE, sentence, tests } from "../../data/words";
import { Command } from "../../ui/Command";
import { Fact, Facts } from "../../ui/Facts";
import { Icon } from "../../ui/Icon";
import { StatusChip } from "../../ui/StatusChip";
import { Said } from "../run/step/Said";

const REVIEWER = "reviewer";

/** What speaks for the change and what it took: tests, cost, the reviewer's words, and how to have it. */
export function Verdict({ detail }: { detail: RunDetail }) {
  const { run, evidence, proofs } = detail;
  const last = evidence ?? proofs.at(-1)?.evidence ?? null;
  return (
    <section className="stack" aria-label="Result">
      <StatusChip run={run} />
      {run.failure && <p className="small">{FAILURE[run.failure.code]}. {sentence(run.failure.message)}</p>}
      {run.summary && <Said text={run.summary} />}
      <Facts>
        <Fact name="Tests">{last ? tests(last.tests) || `exit code ${last.exit_code}` : "not run yet"}</Fact>
        <Fact name="Command">{last && <code>{last.command}</code>}</Fact>
        <Fact name="Cost">{cost(run.spent)}</Fact>
        <Fact name="Turns">{run.turns}</Fact>
      </Facts>
      <Reviews detail={detail} />
    </section>
  );
}

function Reviews({ detail }: { detail: RunDetail }) {
  const said = detail.steps.filter(({ role, summary }) => role === REVIEWER && summary);
  if (!said.length) return null;
  return (
    <div>
      <h3>The reviewer says</h3>
      {said.map(({ step, summary }) => (
        <Said key={step} text={summary} />
      ))}
    </div>
  );
}

export function Take({ run, from, to, finished }: { run: string; from: string; to: string; finished: boolean }) {
  return (
    <section className="stack" aria-label="Take the change">
      {finished && <Command>{`mycoder pull ${run}`}</Command>}
      <a className="button button-plain review-patch" href={address(`/runs/${run}/diff/patch`, { from, to })} download={`${run}.patch`}>
        <Icon name="download" /> Download as a patch
      </a>
    </section>
  );
}
