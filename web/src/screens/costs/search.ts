import { oneOf, text, type Raw } from "../../app/params";
import type { CostReport } from "../../data/wire";

const WAYS = ["model", "day", "run", "role", "step"] as const;
export type Way = (typeof WAYS)[number];

export interface CostsSearch {
  by?: Way;
  run?: string;
  since?: Since;
}

/** How far back, in days. */
const SINCE = ["1", "7", "30"] as const;
export type Since = (typeof SINCE)[number];

export function costsSearch(raw: Raw): CostsSearch {
  return { by: oneOf(raw, "by", WAYS), run: text(raw, "run"), since: oneOf(raw, "since", SINCE) };
}

/** The first day that counts (UTC), as memory is asked; empty for all of them. */
export function firstDay(since: Since | undefined, now: number): string {
  if (!since) return "";
  return new Date(now - (Number(since) - 1) * 86_400_000).toISOString().slice(0, 10);
}

/** Days in their order, everything else by money as it was answered. */
export function ordered({ by, lines }: Pick<CostReport, "by" | "lines">): CostReport["lines"] {
  return by === "day" ? [...lines].sort((a, b) => (a.key < b.key ? -1 : 1)) : lines;
}
