import { text, type Raw } from "../../app/params";

export interface InboxSearch {
  /** The question picked. */
  question?: string;
}

export function inboxSearch(raw: Raw): InboxSearch {
  return { question: text(raw, "question") };
}
