// The views of a run, each in a chunk of its own, and what to fetch ahead of the first one.

import { store } from "../../data/store";
import type { RunDetail } from "../../data/wire";
import { ahead } from "../../ui/ahead";
import { ofStep } from "./log/filters";
import { warm } from "./log/reader";
import { filtersOf, type RunSearch, type View } from "./search";
import { selectedStep } from "./selected";

const views = {
  plan: ahead(() => import("./graph/PlanGraph")),
  timeline: ahead(() => import("./timeline/Timeline")),
  log: ahead(() => import("./log/EventLog")),
  step: ahead(() => import("./step/StepPanel")),
  markdown: ahead(() => import("./step/Markdown")),
};

export const PlanGraph = views.plan.Part;
export const Timeline = views.timeline.Part;
export const EventLog = views.log.Part;
export const StepPanel = views.step.Part;
export const Markdown = views.markdown.Part;

const WHOLE_ID = 26;

/** While the run itself is on its way: the code of the view that is asked for, and what that one will read of the log.
 * Returns what ends it. */
export function fetchAhead(run: string, search: RunSearch): () => void {
  const view: View = search.view ?? "plan";
  const roomy = matchMedia("(min-width: 44rem)").matches;
  if (view !== "plan" || roomy) void views[view].fetch();
  if (view === "log") {
    if (run.length === WHOLE_ID) warm(run, filtersOf(search), search.event);
    return () => {};
  }
  void views.step.fetch();
  void views.markdown.fetch();
  return onceKnown(run, (detail) => {
    const step = selectedStep(detail.steps, search.step);
    if (step) warm(detail.run.run, ofStep(step.step), search.turn && search.event);
  });
}

/** Before anything of the run is drawn. */
function onceKnown(run: string, then: (detail: RunDetail) => void): () => void {
  const end = store.subscribe(({ view }) => {
    if (!view?.detail.run.run.startsWith(run)) return;
    end();
    then(view.detail);
  });
  return end;
}
