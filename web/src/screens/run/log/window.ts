// The part of a log that is at hand: one stretch without gaps, which grows at both ends. Pure.

import type { Event } from "../../../data/wire";

export interface LogPage {
  events: readonly Event[];
  first_seq: number;
  last_seq: number;
  more_before: boolean;
  more_after: boolean;
  total: number;
}

export interface LogWindow {
  /** In order, each once. */
  events: readonly Event[];
  /** Everything wanted from here … */
  first: number;
  /** … to here is at hand. */
  last: number;
  before: boolean;
  after: boolean;
  /** Messages in the whole log, about. */
  total: number;
}

export const EMPTY: LogWindow = { events: [], first: 0, last: 0, before: true, after: true, total: 0 };

export function begun(page: LogPage): LogWindow {
  const { first_seq: first, last_seq: last, more_before: before, more_after: after, total } = page;
  return { events: page.events, first, last, before, after, total };
}

/** A page that was asked for with `before: window.first`. */
export function withEarlier(window: LogWindow, page: LogPage): LogWindow {
  const fresh = page.events.filter(({ seq }) => seq < (window.events[0]?.seq ?? Infinity));
  const first = Math.min(window.first, page.first_seq || window.first);
  return { ...window, events: [...fresh, ...window.events], first, before: page.more_before };
}

/** A page that was asked for with `after: window.last`. */
export function withLater(window: LogWindow, page: LogPage): LogWindow {
  const events = joined(window.events, page.events);
  return { ...window, events, last: Math.max(window.last, page.last_seq), after: page.more_after, total: page.total };
}

/** Events as the socket brings them; those that are wanted. They join the end only when nothing is missing there. */
export function withLive(window: LogWindow, events: readonly Event[], seen: number): LogWindow {
  if (window.after) return { ...window, total: window.total + events.length };
  const next = joined(window.events, events);
  const last = Math.max(window.last, seen);
  if (next === window.events && last === window.last) return window;
  return { ...window, events: next, last, total: window.total + next.length - window.events.length };
}

/** What comes later, in any order, after what there is. */
function joined(events: readonly Event[], more: readonly Event[]): readonly Event[] {
  const end = events.at(-1)?.seq ?? -1;
  const fresh = more.filter(({ seq }) => seq > end);
  if (!fresh.length) return events;
  const bySeq = new Map(fresh.map((event) => [event.seq, event]));
  return [...events, ...[...bySeq.values()].sort((a, b) => a.seq - b.seq)];
}
