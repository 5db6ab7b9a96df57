// Comments on lines that were not sent yet, and what is said to a step with them. Pure.

import { placeWords, type Anchor } from "./anchor";

export interface Draft {
  id: string;
  at: Anchor;
  text: string;
  /** The lines it is about, as they were. */
  quote: string[];
  /** The two states that were compared. */
  from: string;
  to: string;
}

const MOST_QUOTED = 12;

export function withDraft(drafts: readonly Draft[], draft: Draft): Draft[] {
  const at = drafts.findIndex(({ id }) => id === draft.id);
  return at < 0 ? [...drafts, draft] : drafts.map((one) => (one.id === draft.id ? draft : one));
}

export function without(drafts: readonly Draft[], ids: ReadonlySet<string>): Draft[] {
  return drafts.filter(({ id }) => !ids.has(id));
}

/** The comments as one message, in the order of the code. */
export function messageOf(drafts: readonly Draft[]): string {
  const one = drafts.length === 1 ? "A comment on your change" : `${drafts.length} comments on your changes`;
  return [`${one}, from a review of the diff:`, ...[...drafts].sort(inOrder).map(entry)].join("\n\n");
}

function entry({ at, text, quote }: Draft): string {
  const shown = quote.slice(0, MOST_QUOTED).map((line) => `> ${line}`);
  const left = quote.length - shown.length;
  if (left > 0) shown.push(`> … ${left} more lines`);
  return [`${at.path}, ${placeWords(at)}:`, ...shown, text.trim()].join("\n");
}

function inOrder(one: Draft, other: Draft): number {
  return one.at.path.localeCompare(other.at.path) || one.at.first - other.at.first;
}
