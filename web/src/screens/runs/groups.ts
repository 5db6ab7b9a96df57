// The list in four parts, by what somebody has to do about a run. Pure.

import type { RunLine } from "../../data/wire";
import { standing, type Standing } from "../../data/words";

export const GROUPS = ["needs", "running", "queued", "done"] as const;
export type Group = (typeof GROUPS)[number];

export const GROUP_WORDS: Record<Group, string> = {
  needs: "Needs you",
  running: "Running",
  queued: "Queued",
  done: "Done",
};

const GROUP_OF: Record<Standing, Group> = {
  waiting: "needs",
  paused: "needs",
  running: "running",
  planned: "queued",
  submitted: "queued",
  succeeded: "done",
  failed: "done",
  cancelled: "done",
};

function groupOf(line: RunLine): Group {
  return GROUP_OF[standing(line)];
}

/** Without the empty ones. */
export function grouped(lines: readonly RunLine[]): [Group, RunLine[]][] {
  return GROUPS.map((group): [Group, RunLine[]] => [group, lines.filter((line) => groupOf(line) === group)]).filter(
    ([, members]) => members.length > 0,
  );
}
