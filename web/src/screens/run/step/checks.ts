// What must hold before a step counts as done, in words. Pure.

import type { StepLine } from "../../../data/wire";

export const CHECKS = {
  suite: "every test passes",
  targets: "its target tests pass",
  no_regression: "nothing that passed fails",
  none: "nothing is checked",
} as const;

export function accepted({ accept }: StepLine): string {
  const targets = accept.tests?.length ? `: ${accept.tests.join(", ")}` : "";
  return accept.check ? CHECKS[accept.check] + targets : "";
}
