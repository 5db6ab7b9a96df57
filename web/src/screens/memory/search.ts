import { text, type Raw } from "../../app/params";

export interface MemorySearch {
  text?: string;
}

export function memorySearch(raw: Raw): MemorySearch {
  return { text: text(raw, "text") };
}
