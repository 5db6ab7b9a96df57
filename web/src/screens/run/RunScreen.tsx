import "./run.css";
import { Link } from "@tanstack/react-router";
import { Suspense, useEffect, useMemo } from "react";
import { Screen } from "../../app/Screen";
import type { RunView } from "../../data/run";
import { useStore } from "../../data/store";
import { isOver, STATUS } from "../../data/words";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { Tabs } from "../../ui/Tabs";
import { useNow } from "../../ui/useNow";
import { keyOf } from "../inbox/asked";
import { QuestionCard } from "../inbox/QuestionCard";
import { criticalPath } from "./graph/critical";
import { Actions } from "./head/Actions";
import { NoWorkers } from "./head/NoWorkers";
import { Outcome } from "./head/Outcome";
import { RunFacts } from "./head/RunFacts";
import { RunLinks } from "./head/RunLinks";
import { PlanView } from "./plan/PlanView";
import { StepList } from "./plan/StepList";
import { useAskedRun, useGo, useSearch } from "./route";
import type { View } from "./search";
import { selectedStep } from "./selected";
import { useRunKeys } from "./useRunKeys";
import { useTold } from "./useTold";
import { EventLog, fetchAhead, StepPanel, Timeline } from "./views";

const TABS: readonly { value: View; words: string }[] = [
  { value: "plan", words: "Plan" },
  { value: "timeline", words: "Timeline" },
  { value: "log", words: "Event log" },
];

export function RunScreen() {
  const asked = useAskedRun();
  const view = useStore((state) => state.view);
  const problem = useStore((state) => state.problems.run);
  const search = useSearch();
  useEffect(() => fetchAhead(asked, search), [asked]); // only what is asked for first
  if (view?.detail.run.run.startsWith(asked)) return <Run view={view} />;
  return (
    <Screen title={`Run ${asked}`} wide>
      <Problem problem={problem} />
      {problem && <Link to="/">All runs</Link>}
      {!problem && <Skeleton lines={6} label={`Loading run ${asked}`} />}
    </Screen>
  );
}

function Run({ view: { detail } }: { view: RunView }) {
  const { run, steps, submission, questions } = detail;
  const search = useSearch();
  const go = useGo();
  const now = useNow(!isOver(run));
  const critical = useCritical(detail.steps, now);
  const selected = selectedStep(steps, search.step);
  const view = search.view ?? "plan";
  useTold(detail);
  useRunKeys(steps, selected?.step ?? "");
  return (
    <Screen
      wide
      filled={view === "log"}
      title={`${STATUS[run.status]}: ${run.task.slice(0, 60)}`}
      heading={
        <span className="run-task" title={run.task}>
          {run.task}
        </span>
      }
      actions={<Actions detail={detail} selected={selected?.step ?? ""} />}
    >
      <RunFacts detail={detail} now={now} />
      <RunLinks run={run.run} step={selected?.step ?? ""} over={isOver(run)} />
      <NoWorkers detail={detail} />
      {submission.notes.map((note) => (
        <p key={note} className="run-note">
          {note}
        </p>
      ))}
      {questions.map((open) => (
        <QuestionCard key={keyOf(open)} open={open} now={now} among={questions.map(keyOf).join(" ")} inRun />
      ))}
      <Outcome line={run} evidence={detail.evidence} />
      <Tabs label="Views of the run" value={view} onPick={(next) => go({ view: next })} tabs={TABS} filled={view === "log"}>
        <Suspense fallback={<Skeleton lines={5} />}>
          {view === "plan" && (
            <PlanView
              detail={detail}
              selected={selected?.step ?? ""}
              critical={critical}
              now={now}
              onPick={(step) => go({ step, attempt: undefined, turn: undefined, event: undefined })}
            />
          )}
          {view === "timeline" && <Timeline detail={detail} now={now} selected={selected?.step ?? ""} />}
          {view === "log" && <EventLog key={run.run} detail={detail} />}
        </Suspense>
      </Tabs>
      {view !== "log" && (
        <div className="run-work">
          <StepList run={run.run} steps={steps} selected={selected?.step ?? ""} critical={critical} now={now} />
          {selected && (
            <Suspense fallback={<Skeleton lines={8} label="Loading the step" />}>
              <StepPanel key={`${run.run} ${selected.step}`} detail={detail} step={selected} now={now} />
            </Suspense>
          )}
        </div>
      )}
    </Screen>
  );
}

/** Looked for again every five seconds while times grow, and whenever a step changes. */
function useCritical(steps: RunView["detail"]["steps"], now: number): ReadonlySet<string> {
  const moment = Math.floor(now / 5000) * 5000;
  return useMemo(() => criticalPath(steps, moment), [steps, moment]);
}
