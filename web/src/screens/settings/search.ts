import { oneOf, text, whole, type Raw } from "../../app/params";

export const PARTS = ["fleet", "access", "audit", "you"] as const;
export type Part = (typeof PARTS)[number];

export interface SettingsSearch {
  part?: Part;
  /** Of the fleet's settings: names and meanings that hold it. */
  text?: string;
  /** The setting that is edited. */
  edit?: string;
  /** Audit: entries before this one. */
  before?: number;
}

export function settingsSearch(raw: Raw): SettingsSearch {
  return { part: oneOf(raw, "part", PARTS), text: text(raw, "text"), edit: text(raw, "edit"), before: whole(raw, "before") };
}
