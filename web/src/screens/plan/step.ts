// A step of a plan with every part said, as the wire leaves out what is usual.

import type { Acceptance, StepSpec } from "../../data/wire";

export interface Step extends StepSpec {
  accept: Required<Acceptance>;
}

export function whole(spec: StepSpec): Step {
  const { id, role, goal, needs, writes, requires, pool, model } = spec;
  const accept = { check: spec.accept.check ?? ("suite" as const), tests: spec.accept.tests ?? [] };
  return { id, role, goal, needs, writes, accept, requires, pool, model };
}
