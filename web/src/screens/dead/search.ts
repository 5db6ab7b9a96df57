import { text, whole, type Raw } from "../../app/params";

export interface DeadSearch {
  pool?: string;
  run?: string;
  reason?: string;
  /** The letter that is open. */
  letter?: number;
}

export function deadSearch(raw: Raw): DeadSearch {
  return { pool: text(raw, "pool"), run: text(raw, "run"), reason: text(raw, "reason"), letter: whole(raw, "letter") };
}
