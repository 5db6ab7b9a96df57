import { text, type Raw } from "../../app/params";

/** The filters of the list, named as GET /api/v1/runs names them. Several values are separated by commas. */
export interface RunsSearch {
  status?: string;
  model?: string;
  role?: string;
  by?: string;
  text?: string;
}

export const FILTERS = ["status", "model", "role", "by", "text"] as const satisfies (keyof RunsSearch)[];

export function runsSearch(raw: Raw): RunsSearch {
  return Object.fromEntries(FILTERS.map((name) => [name, text(raw, name)]));
}
