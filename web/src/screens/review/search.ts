import { text, type Raw } from "../../app/params";

export interface ReviewSearch {
  step?: string;
  base?: string;
  file?: string;
}

export function reviewSearch(raw: Raw): ReviewSearch {
  return { step: text(raw, "step"), base: text(raw, "base"), file: text(raw, "file") };
}
