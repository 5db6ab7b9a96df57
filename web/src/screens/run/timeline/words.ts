// What a row and a segment of the timeline are in words. Pure.

import { duration } from "../../../data/words";
import type { Doing, Row, Segment } from "./segments";

export const DOING: Record<Doing, string> = {
  model: "Model",
  tool: "Tools",
  tests: "Tests",
  work: "At work",
  opening: "Opening",
  queue: "Queue",
  person: "Person",
};

/** Less is not worth a word. */
const LEAST_S = 0.05;

export function sums(rows: readonly Row[], now: number): [doing: Doing, seconds: number][] {
  const spent = new Map<Doing, number>();
  for (const { segments } of rows) {
    for (const { doing, from, to } of segments) spent.set(doing, (spent.get(doing) ?? 0) + ((to ?? now) - from) / 1000);
  }
  return (Object.keys(DOING) as Doing[]).filter((doing) => (spent.get(doing) ?? 0) >= LEAST_S).map((doing) => [doing, spent.get(doing)!]);
}

export function rowWords(row: Row, now: number): string {
  const name = row.attempt ? `${row.step}, attempt ${row.attempt}` : row.step;
  const spent = sums([row], now).map(([doing, seconds]) => `${DOING[doing].toLowerCase()} ${duration(seconds)}`);
  return `${name}, ${row.outcome}: ${spent.join(", ") || "not begun"}`;
}

export function segmentWords(row: Row, { doing, from, to, turn }: Segment, now: number): string {
  const parts = [row.step, turn ? `turn ${turn}` : "", DOING[doing], duration(((to ?? now) - from) / 1000), time(from)];
  return `${parts.filter(Boolean).join(" · ")}${to === null ? " · goes on" : ""}`;
}

export function time(at: number): string {
  return new Date(at).toLocaleTimeString();
}

/** A distance from the beginning, short; `fine`: seconds would not tell neighbours apart. */
export function sinceStart(ms: number, fine = false): string {
  const seconds = fine ? Math.round(ms / 100) / 10 : Math.round(ms / 1000);
  const digits = fine ? 1 : 0;
  if (seconds < 60) return `${seconds.toFixed(digits)} s`;
  const rest = (seconds % 60).toFixed(digits).padStart(digits ? 4 : 2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
