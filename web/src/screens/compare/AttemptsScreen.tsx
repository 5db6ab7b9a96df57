import { getRouteApi, Link } from "@tanstack/react-router";
import { Screen } from "../../app/Screen";
import { useStore } from "../../data/store";
import type { RunDetail } from "../../data/wire";
import { plural } from "../../data/words";
import { Empty } from "../../ui/Empty";
import { Select } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { RunHeading } from "../review/RunHeading";
import { Comparison } from "./Comparison";
import { asSearch, attemptsOf, sidesOf } from "./sides";

const route = getRouteApi("/runs/$run/compare");

export function AttemptsScreen() {
  const asked = route.useParams().run;
  const detail = useStore((state) => state.view?.detail ?? null);
  const problem = useStore((state) => state.problems.run);
  if (detail) return <OfRun detail={detail} />;
  return (
    <Screen title="Compare attempts">
      <Problem problem={problem} />
      {!problem && <Skeleton lines={6} label={`Loading run ${asked}`} />}
    </Screen>
  );
}

function OfRun({ detail }: { detail: RunDetail }) {
  const { run } = detail;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const named = sidesOf(search);
  const sides = named.length ? named : attemptsOf(detail, search.step ?? "");
  const steps = detail.steps.filter(({ attempts }) => attempts.length > 0);
  const step = sides[0]?.step ?? "";
  return (
    <Screen title={`Attempts: ${run.task.slice(0, 50)}`} heading={<RunHeading words="Compare attempts" run={run} />} wide>
      <div className="row-of">
        {steps.length > 0 && (
          <Select
            aria-label="Step"
            className="compare-step"
            value={step}
            options={steps.map((one): [string, string] => [one.step, `${one.step}: ${plural(one.attempts.length, "attempt")}`])}
            onPick={(value) => void navigate({ search: { step: value }, replace: true })}
          />
        )}
        <Link to="/compare" search={asSearch([{ run: run.run, step: "", attempt: 0 }])}>
          Compare the run with other runs
        </Link>
      </div>
      {!sides.length && (
        <Empty title="No attempt yet">
          <p className="quiet">Nobody has taken a step of this run so far.</p>
        </Empty>
      )}
      {sides.length === 1 && <p className="quiet">This step was attempted once, so there is nothing beside it.</p>}
      {sides.length > 0 && (
        <Comparison sides={sides} path={search.path} onPath={(path) => void navigate({ search: (before) => ({ ...before, path }), replace: true })} />
      )}
    </Screen>
  );
}
