import type { Evidence, Failure, RunLine } from "../../../data/wire";
import { duration, FAILURE, plural, sentence, tests } from "../../../data/words";
import { Command } from "../../../ui/Command";
import { Fact, Facts } from "../../../ui/Facts";
import { Said } from "../step/Said";

/** How a run ended: the branch and its proof, or why there is none. */
export function Outcome({ line, evidence }: { line: RunLine; evidence: Evidence | null }) {
  if (!line.finished_at) return null;
  return (
    <div className="run-ending">
      {line.failure && <Why failure={line.failure} />}
      {line.status === "succeeded" && (
        <section className="panel run-outcome run-outcome-good" aria-labelledby="result">
          <h2 id="result">Result</h2>
          {line.summary && <Said text={line.summary} />}
          {line.branch && (
            <>
              <p>
                The change is on branch <code>{line.branch}</code>. This brings it into your repository and leaves your
                working tree alone:
              </p>
              <Command>{`mycoder pull ${line.run}`}</Command>
            </>
          )}
        </section>
      )}
      {evidence && <Proven evidence={evidence} />}
    </div>
  );
}

export function Why({ failure }: { failure: Failure }) {
  return (
    <section className={failure.code === "cancelled" ? "panel run-outcome" : "panel run-outcome run-outcome-bad"} aria-label="What happened">
      <h2>{FAILURE[failure.code]}</h2>
      <p>{sentence(failure.message)}</p>
      {failure.fix && <p className="quiet">What helps: {failure.fix}</p>}
    </section>
  );
}

function Proven({ evidence }: { evidence: Evidence }) {
  const { isolation, fixed } = evidence;
  return (
    <section className="panel run-outcome" aria-labelledby="evidence">
      <h2 id="evidence">Evidence</h2>
      <p className="quiet">What an executor saw when it ran the tests on exactly this tree.</p>
      <Facts>
        <Fact name="Tests">{tests(evidence.tests)}</Fact>
        <Fact name="Exit code">{evidence.exit_code}</Fact>
        <Fact name="Took">{duration(evidence.duration_s)}</Fact>
        <Fact name="Tree">
          <code>{evidence.tree.slice(0, 12)}</code>
        </Fact>
        <Fact name="Confined by">{isolation.level}</Fact>
      </Facts>
      <p>
        <code>{evidence.command}</code>
      </p>
      {fixed.length > 0 && (
        <details>
          <summary>{plural(fixed.length, "test that failed before", "tests that failed before")}</summary>
          <ul className="run-points">
            {fixed.map((id) => (
              <li key={id}>
                <code>{id}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
