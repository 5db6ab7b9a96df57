// Which roles a run waits for that nobody has. Pure.

import type { Fleet, RunDetail } from "../../../data/wire";

/** Roles of steps that are ready and wait in a pool nobody takes from. */
export function missingRoles({ steps }: RunDetail, { pools }: Pick<Fleet, "pools">): string[] {
  const manned = new Set(pools.filter(({ workers }) => workers > 0).map(({ pool }) => pool));
  const waiting = steps.filter(({ state }) => state === "ready").map(({ role }) => role);
  return [...new Set(waiting)].filter((role) => !manned.has(role));
}
