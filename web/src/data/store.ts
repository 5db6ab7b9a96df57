// What the page knows, outside React: filled by the connection, read by components, told about in batches.

import { useEffect } from "react";
import { useStore as useZustand } from "zustand";
import { createStore } from "zustand/vanilla";
import { QUIET, said, settled, type Live } from "./live";
import type { Problem } from "./problem";
import { freshOf, reduceAll, type RunView } from "./run";
import { merge } from "./runs";
import { Connection, type Link, type Room } from "./socket";
import { soon } from "./soon";
import type { AnyCommand, Event, Fleet, LiveText, OpenQuestion, Outcome, RunLine } from "./wire";

export interface State {
  link: Link;
  /** The newest runs; null until the first answer. */
  runs: RunLine[] | null;
  /** What waits for a person, in all runs; null until the first answer. */
  inbox: OpenQuestion[] | null;
  /** Only while a screen uses it: see useFleet. */
  fleet: Fleet | null;
  /** The run on show. */
  view: RunView | null;
  live: Live;
  problems: Record<Room, Problem | null>;
}

export const store = createStore<State>(() => ({
  link: "connecting",
  runs: null,
  inbox: null,
  fleet: null,
  view: null,
  live: QUIET,
  problems: { runs: null, run: null, inbox: null, fleet: null },
}));

let events: Event[] = [];
let pieces: LiveText[] = [];
let lines: RunLine[] = [];

/** Told of the events of the run on show as they come; null: some may be missing, the log is to be read again. */
export type Arrival = (events: readonly Event[] | null) => void;
const arrivals = new Set<Arrival>();

/** Returns what ends it. */
export function onArrival(listener: Arrival): () => void {
  arrivals.add(listener);
  return () => arrivals.delete(listener);
}

function flush(): void {
  const { view, live, runs } = store.getState();
  const ours = view ? freshOf(view, events.filter((event) => event.run === view.detail.run.run)) : [];
  const heard = pieces.filter((piece) => piece.run === view?.detail.run.run);
  const next = view && reduceAll(view, ours);
  const spoken = ours.reduce(settled, heard.reduce(said, live));
  if (next !== view || spoken !== live) store.setState({ view: next, live: spoken });
  if (lines.length) store.setState({ runs: merge(runs ?? [], lines) });
  [events, pieces, lines] = [[], [], []];
  if (ours.length) for (const arrival of arrivals) arrival(ours);
}

const flushSoon = soon(flush);

const connection = new Connection({
  link: (link) => store.setState({ link }),
  runs: (changed, whole) => {
    if (whole) return store.setState({ runs: merge([], changed) });
    lines.push(...changed);
    flushSoon();
  },
  inbox: (inbox) => store.setState({ inbox }),
  fleet: (fleet) => store.setState({ fleet }),
  snapshot: ({ seq, detail }) => {
    if (!detail) return;
    store.setState({ view: { seq, detail }, live: QUIET });
    for (const arrival of arrivals) arrival(null);
  },
  event: (event) => {
    events.push(event);
    flushSoon();
  },
  live: (piece) => {
    pieces.push(piece);
    flushSoon();
  },
  problem: (room, problem) => store.setState(({ problems }) => ({ problems: { ...problems, [room]: problem } })),
  cursor: (run) => {
    flush();
    const { view } = store.getState();
    return view?.detail.run.run === run ? view.seq : undefined;
  },
});

/** Show one run, by its id, or none. */
export function watch(run: string): void {
  const { view, problems } = store.getState();
  if (view && view.detail.run.run !== run) store.setState({ view: null, live: QUIET });
  if (problems.run) store.setState({ problems: { ...problems, run: null } });
  connection.watch(run);
}

/** Give a command over the socket; the same id may be given again. Rejects with an ApiProblem. */
export function command(order: AnyCommand): Promise<Outcome> {
  return connection.command(order);
}

export function useStore<Part>(pick: (state: State) => Part): Part {
  return useZustand(store, pick);
}

let fleetUsers = 0;

/** The fleet, live, for as long as a component uses it. */
export function useFleet(): Fleet | null {
  useEffect(() => {
    if (++fleetUsers === 1) connection.enter("fleet");
    return () => {
      if (--fleetUsers === 0) connection.leave("fleet");
    };
  }, []);
  return useStore((state) => state.fleet);
}
