// The filters of the list: read from the address, applied to lines that arrive live. Pure.

import type { Query } from "../../data/api";
import type { RunLine } from "../../data/wire";
import { standing } from "../../data/words";
import { FILTERS, type RunsSearch } from "./search";

/** Those the server counts the values of. */
export const FACETS = ["status", "model", "role", "by"] as const;
export type Facet = (typeof FACETS)[number];

export const FACET_WORDS: Record<Facet, string> = { status: "Status", model: "Model", role: "Role", by: "By" };

export function valuesOf(search: RunsSearch, facet: Facet): string[] {
  return search[facet]?.split(",").filter(Boolean) ?? [];
}

/** With the value where it was not, without it where it was. */
export function toggled(search: RunsSearch, facet: Facet, value: string): RunsSearch {
  const before = valuesOf(search, facet);
  const after = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
  return { ...search, [facet]: after.join(",") || undefined };
}

export function isFiltered(search: RunsSearch): boolean {
  return FILTERS.some((name) => search[name]);
}

export function sameFilters(a: RunsSearch, b: RunsSearch): boolean {
  return FILTERS.every((name) => (a[name] ?? "") === (b[name] ?? ""));
}

export function queryOf(search: RunsSearch): Query {
  return Object.fromEntries(FILTERS.map((name) => [name, search[name]]));
}

/** As memory decides it (workers/memory/filters.py), all but the words: a list holds only the beginning of a task. */
export function passes(line: RunLine, search: RunsSearch): boolean {
  const own: Record<Facet, string> = {
    status: standing(line),
    model: line.model,
    role: line.role,
    by: line.submitted_by,
  };
  return FACETS.every((facet) => {
    const chosen = valuesOf(search, facet);
    return !chosen.length || chosen.includes(own[facet]);
  });
}

function holdsWords(line: RunLine, text = ""): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const task = line.task.toLowerCase();
  return line.run.startsWith(text.toLowerCase().trim()) || words.every((word) => task.includes(word));
}

/** What is shown: what the server listed, as it is now, and what came since that the server would list too. */
export function shown(listed: readonly RunLine[], live: readonly RunLine[], search: RunsSearch, all: boolean): RunLine[] {
  const now = new Map(live.map((line) => [line.run, line]));
  const known = listed.map((line) => now.get(line.run) ?? line);
  const seen = new Set(known.map((line) => line.run));
  const oldest = all ? "" : (listed.at(-1)?.submitted_at ?? "");
  const fresh = live.filter(
    (line) => !seen.has(line.run) && line.submitted_at >= oldest && holdsWords(line, search.text),
  );
  return [...known, ...fresh].filter((line) => passes(line, search)).sort(newestFirst);
}

function newestFirst(a: RunLine, b: RunLine): number {
  return order(b.submitted_at, a.submitted_at) || order(b.run, a.run);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
