import { text, type Raw } from "../../app/params";

export interface NewSearch {
  task?: string;
}

export function newSearch(raw: Raw): NewSearch {
  return { task: text(raw, "task") };
}
