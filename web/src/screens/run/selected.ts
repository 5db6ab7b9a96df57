// The step that is shown when nobody has picked one: what a person would want to see. Pure.

import type { StepLine } from "../../data/wire";

const ORDER: readonly StepLine["state"][] = ["waiting", "running", "failed", "ready", "done"];

export function selectedStep(steps: readonly StepLine[], asked: string | undefined): StepLine | undefined {
  const picked = asked && steps.find(({ step }) => step === asked);
  if (picked) return picked;
  for (const state of ORDER) {
    const found = state === "done" ? steps.findLast((step) => step.state === state) : steps.find((step) => step.state === state);
    if (found) return found;
  }
  return steps[0];
}
