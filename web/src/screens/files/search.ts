import { text, type Raw } from "../../app/params";

export interface FilesSearch {
  step?: string;
  path?: string;
}

export function filesSearch(raw: Raw): FilesSearch {
  return { step: text(raw, "step"), path: text(raw, "path") };
}
