import { flag, text, type Raw } from "../../app/params";

export interface FilesSearch {
  /** The name of a checkpoint; without it, the newest, or with `step` that step's. */
  at?: string;
  step?: string;
  path?: string;
  /** Only what the run changed. */
  changed?: boolean;
}

export function filesSearch(raw: Raw): FilesSearch {
  return { at: text(raw, "at"), step: text(raw, "step"), path: text(raw, "path"), changed: flag(raw, "changed") };
}
