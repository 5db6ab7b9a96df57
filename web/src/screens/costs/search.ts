import { text, type Raw } from "../../app/params";

export interface CostsSearch {
  by?: string;
}

export function costsSearch(raw: Raw): CostsSearch {
  return { by: text(raw, "by") };
}
