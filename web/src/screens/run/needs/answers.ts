// What can be answered to a question, and as which command. Pure.

import type { OpenQuestion } from "../../../data/wire";
import type { Wanted } from "../commands";

export interface Choice {
  words: string;
  kind: "main" | "danger" | "plain";
  /** null: it needs words first. */
  wanted: Wanted | null;
}

/** `text`: what the person wrote; `edited`: the arguments as they should be, when they were changed. */
export function choicesFor({ run, question }: OpenQuestion, text: string, edited: string | null): Choice[] {
  const said = text.trim();
  const { id } = question;
  const deny: Choice = { words: said ? "Deny, and say so" : "Deny", kind: "danger", wanted: { what: "deny", run, question: id, text: said } };
  switch (question.kind) {
    case "paused":
      return [{ words: "Go on", kind: "main", wanted: { what: "resume", run } }];
    case "question":
      return [{ words: "Answer", kind: "main", wanted: said ? { what: "approve", run, question: id, text: said } : null }];
    case "plan":
    case "approval":
      if (edited !== null) return [insteadOf(run, id, edited, said), deny];
      return [{ words: "Approve", kind: "main", wanted: { what: "approve", run, question: id, text: said } }, deny];
  }
}

/** A call that waits is carried out as it is or not at all; the step is told to make it otherwise. */
function insteadOf(run: string, question: string, edited: string, said: string): Choice {
  const text = [`Do it like this instead:\n${edited.trim()}`, said].filter(Boolean).join("\n\n");
  return { words: "Send it back changed", kind: "main", wanted: edited.trim() ? { what: "deny", run, question, text } : null };
}
