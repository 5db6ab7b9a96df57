import "./plan.css";
import { getRouteApi } from "@tanstack/react-router";
import { Screen } from "../../app/Screen";
import { useStore } from "../../data/store";
import type { RunDetail } from "../../data/wire";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { RunHeading } from "../review/RunHeading";
import { PlanView } from "./PlanView";
import { usePlan } from "./usePlan";

const route = getRouteApi("/runs/$run/plan");

export function PlanScreen() {
  const asked = route.useParams().run;
  const detail = useStore((state) => state.view?.detail ?? null);
  const problem = useStore((state) => state.problems.run);
  if (detail) return <OfRun detail={detail} />;
  return (
    <Screen title="Plan">
      <Problem problem={problem} />
      {!problem && <Skeleton lines={6} label={`Loading run ${asked}`} />}
    </Screen>
  );
}

function OfRun({ detail }: { detail: RunDetail }) {
  const { run, revision } = detail;
  const { data: plan, error, refetch } = usePlan(run.run, revision);
  return (
    <Screen title={`Plan: ${run.task.slice(0, 50)}`} heading={<RunHeading words="Plan" run={run} />} wide>
      <Problem problem={error} onRetry={() => void refetch()} />
      {!plan && !error && <Skeleton lines={6} label="Loading the plan" />}
      {plan && plan.revision === 0 && <p className="quiet">There is no plan yet: the run has not begun.</p>}
      {plan && plan.revision > 0 && <PlanView key={run.run} detail={detail} plan={plan} />}
    </Screen>
  );
}
