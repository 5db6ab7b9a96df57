// What models are saying just now, before a turn is in the log. Pure. Pieces may be lost: the turn brings the whole.

import type { Event, LiveText } from "./wire";

/** By step, then by kind. */
export type Live = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const QUIET: Live = {};
const KEPT_CHARS = 20_000;

export function said(live: Live, { step, kind, text, dropped }: LiveText): Live {
  const before = live[step] ?? {};
  const now = `${before[kind] ?? ""}${dropped ? "…" : ""}${text}`.slice(-KEPT_CHARS);
  return { ...live, [step]: { ...before, [kind]: now } };
}

/** A step's next event in the log makes an end of what was said before it. */
export function settled(live: Live, event: Event): Live {
  if (!(event.step in live) || event.kind === "model.answered") return live;
  const { [event.step]: _, ...rest } = live;
  return rest;
}
