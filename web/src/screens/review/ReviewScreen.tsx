import "./review.css";
import { getRouteApi } from "@tanstack/react-router";
import { Screen } from "../../app/Screen";
import type { RunDetail } from "../../data/wire";
import { useStore } from "../../data/store";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { RunHeading } from "./RunHeading";
import { useCheckpoints } from "./data";
import { Review } from "./Review";

const route = getRouteApi("/runs/$run/review");

export function ReviewScreen() {
  const asked = route.useParams().run;
  const detail = useStore((state) => state.view?.detail ?? null);
  const problem = useStore((state) => state.problems.run);
  if (detail) return <OfRun detail={detail} />;
  return (
    <Screen title="Review">
      <Problem problem={problem} />
      {!problem && <Skeleton lines={6} label={`Loading run ${asked}`} />}
    </Screen>
  );
}

function OfRun({ detail }: { detail: RunDetail }) {
  const { run } = detail;
  const version = run.turns + (run.finished_at ? 1 : 0) + run.steps_done;
  const { data: checkpoints, error, refetch } = useCheckpoints(run.run, version);
  const moved = checkpoints && checkpoints.checkpoints.length > 0;
  return (
    <Screen title={`Review: ${run.task.slice(0, 50)}`} heading={<RunHeading words="Review" run={run} />} wide>
      <Problem problem={error} onRetry={() => void refetch()} />
      {!checkpoints && !error && <Skeleton lines={6} label="Loading the states of the code" />}
      {checkpoints && !moved && <p className="quiet">Nothing to review yet: the run has no code so far.</p>}
      {checkpoints && moved && <Review detail={detail} checkpoints={checkpoints} />}
    </Screen>
  );
}
