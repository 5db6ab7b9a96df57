// The list of runs, newest first. Pure.

import type { RunLine } from "./wire";

export function merge(runs: readonly RunLine[], changed: readonly RunLine[]): RunLine[] {
  const byId = new Map(runs.map((line) => [line.run, line]));
  for (const line of changed) byId.set(line.run, line);
  return [...byId.values()].sort((a, b) => compare(b.submitted_at, a.submitted_at) || compare(b.run, a.run));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How many runs are in each status, for one line above the list. */
export function tally(runs: readonly RunLine[]): [RunLine["status"], number][] {
  const counts = new Map<RunLine["status"], number>();
  for (const line of runs) counts.set(line.status, (counts.get(line.status) ?? 0) + 1);
  return [...counts];
}
