// The views of a run, each in a chunk of its own, and what to fetch ahead of the first one.

import { lazy } from "react";
import { patiently } from "../../ui/patiently";
import { filtersOf, type RunSearch, type View } from "./search";

const load = {
  plan: patiently(() => import("./graph/PlanGraph")),
  timeline: patiently(() => import("./timeline/Timeline")),
  log: patiently(() => import("./log/EventLog")),
  step: patiently(() => import("./step/StepPanel")),
};

export const PlanGraph = lazy(load.plan);
export const Timeline = lazy(load.timeline);
export const EventLog = lazy(load.log);
export const StepPanel = lazy(load.step);

const WHOLE_ID = 26;

/** While the run itself is on its way: the code of the view that is asked for, and the end of its log. */
export function fetchAhead(run: string, search: RunSearch): void {
  const view: View = search.view ?? "plan";
  const roomy = matchMedia("(min-width: 44rem)").matches;
  if (view !== "plan" || roomy) void load[view]();
  if (view !== "log") void load.step();
  else if (run.length === WHOLE_ID) {
    void import("./log/reader").then(({ warm }) => warm(run, filtersOf(search), search.event ?? 0));
  }
}
