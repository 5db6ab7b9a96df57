import { STANDING } from "../../data/words";
import type { Facet } from "./filters";

/** What a value of a filter is called. */
export function wordsOf(facet: Facet, value: string): string {
  if (facet === "status") return (STANDING as Record<string, string>)[value] ?? value;
  return value || "(none)";
}
