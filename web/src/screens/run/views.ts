// The views of a run, each in a chunk of its own, and what to fetch ahead of the first one.

import { ahead } from "../../ui/ahead";
import { filtersOf, type RunSearch, type View } from "./search";

const views = {
  plan: ahead(() => import("./graph/PlanGraph")),
  timeline: ahead(() => import("./timeline/Timeline")),
  log: ahead(() => import("./log/EventLog")),
  step: ahead(() => import("./step/StepPanel")),
};

export const PlanGraph = views.plan.Part;
export const Timeline = views.timeline.Part;
export const EventLog = views.log.Part;
export const StepPanel = views.step.Part;

const WHOLE_ID = 26;

/** While the run itself is on its way: the code of the view that is asked for, and the end of its log. */
export function fetchAhead(run: string, search: RunSearch): void {
  const view: View = search.view ?? "plan";
  const roomy = matchMedia("(min-width: 44rem)").matches;
  if (view !== "plan" || roomy) void views[view].fetch();
  if (view !== "log") void views.step.fetch();
  else if (run.length === WHOLE_ID) {
    void import("./log/reader").then(({ warm }) => warm(run, filtersOf(search), search.event ?? 0));
  }
}
