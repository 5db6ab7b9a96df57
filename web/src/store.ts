// What the page knows, outside React: filled by the connection, read by components, told about in batches.

import { useSyncExternalStore } from "react";
import { reduce, type RunView } from "./run";
import { merge } from "./runs";
import { Connection, type Link, type Problem } from "./socket";
import type { Event, RunLine } from "./wire";

export interface State {
  link: Link;
  /** null until the first answer. */
  runs: RunLine[] | null;
  view: RunView | null;
  problems: { runs: Problem | null; run: Problem | null };
}

const BATCH_MS = 40;

let state: State = { link: "connecting", runs: null, view: null, problems: { runs: null, run: null } };
let waiting: Event[] = [];
const listeners = new Set<() => void>();

function change(part: Partial<State>): void {
  state = { ...state, ...part };
  for (const listener of listeners) listener();
}

function flush(): void {
  const events = waiting;
  waiting = [];
  const view = state.view && events.filter((event) => event.run === state.view?.detail.run.run).reduce(reduce, state.view);
  if (view !== state.view) change({ view });
}

const connection = new Connection({
  link: (link) => change({ link }),
  runs: (lines, whole) => change({ runs: merge(whole ? [] : (state.runs ?? []), lines) }),
  snapshot: ({ seq, detail, turns }) => {
    if (detail && turns) change({ view: { seq, detail, turns } });
  },
  event: (event) => {
    if (waiting.push(event) === 1) setTimeout(flush, BATCH_MS);
  },
  problem: (room, problem) => change({ problems: { ...state.problems, [room]: problem } }),
  cursor: (run) => {
    flush();
    return state.view?.detail.run.run === run ? state.view.seq : undefined;
  },
});

/** Show one run, by its id, or none. */
export function watch(run: string): void {
  if (state.view && state.view.detail.run.run !== run) change({ view: null });
  if (state.problems.run) change({ problems: { ...state.problems, run: null } });
  connection.watch(run);
}

export function useStore<Part>(pick: (state: State) => Part): Part {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => pick(state),
  );
}
