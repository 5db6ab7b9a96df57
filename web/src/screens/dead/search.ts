import { text, type Raw } from "../../app/params";

export interface DeadSearch {
  pool?: string;
  run?: string;
  reason?: string;
}

export function deadSearch(raw: Raw): DeadSearch {
  return { pool: text(raw, "pool"), run: text(raw, "run"), reason: text(raw, "reason") };
}
