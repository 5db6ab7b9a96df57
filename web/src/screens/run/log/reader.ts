// Reads the log of a run for a list on the screen: its end first, more when somebody scrolls, new events as they come.

import { get } from "../../../data/api";
import { onArrival } from "../../../data/store";
import type { Event } from "../../../data/wire";
import { told } from "../../../data/commands";
import { asQuery, type Filters, isError, isWanted } from "./filters";
import { begun, EMPTY, type LogPage, type LogWindow, withEarlier, withLater, withLive } from "./window";

export type Way = "end" | "begin" | "before" | "after";

export interface Reading {
  window: LogWindow;
  /** Empty: nothing is being read. */
  reading: Way | "";
  problem: ReturnType<typeof told> | null;
  /** The first page is there. */
  ready: boolean;
  /** Where the stretch at hand was begun, and the how manyth it is. */
  origin: { way: "end" | "begin"; count: number };
}

const FIRST = 100;
/** How far after an event that a link names the first page reaches. */
const BEYOND = 40;
const MORE = 400;
/** Pages that filters left nearly empty, before somebody has to ask for more. */
const MOST_EMPTY = 6;
/** Pages of what was missed. Where it is more, the log is read anew from its end. */
const MOST_MISSED = 5;

export class LogReader {
  private state: Reading = { window: EMPTY, reading: "", problem: null, ready: false, origin: { way: "end", count: 0 } };
  private readonly listeners = new Set<() => void>();
  private early: Event[] = [];
  /** Events were missed, perhaps by the page that is on its way. */
  private missed = false;
  private reading: Promise<void> | null = null;
  private stop: (() => void) | null = null;
  private leaving = new AbortController();

  constructor(
    private readonly run: string,
    private readonly filters: Filters,
    /** Sequence to begin around, where a link names one event. */
    private readonly around = 0,
  ) {}

  readonly get = (): Reading => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.begin();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.end();
    };
  };

  /** Reads more; nothing while something is being read, or when there is nothing that way. */
  async more(way: Way): Promise<void> {
    const { window } = this.state;
    if (this.reading || (way === "before" && !window.before) || (way === "after" && !window.after)) return;
    const reading = this.read(way);
    this.reading = reading;
    await reading;
    if (this.reading === reading) this.reading = null;
  }

  private async read(way: Way): Promise<void> {
    this.change({ reading: way, problem: null });
    const { signal } = this.leaving;
    try {
      await this.turnPages(way, signal);
      this.change({ reading: "", ready: true });
    } catch (error) {
      if (!signal.aborted) this.change({ reading: "", problem: told(error) });
    }
  }

  private begin(): void {
    this.leaving = this.leaving.signal.aborted ? new AbortController() : this.leaving;
    this.stop = onArrival((events) => this.arrived(events));
    // Whatever was read while nobody listened may lack what came meanwhile.
    const early = this.reading ?? (this.state.ready ? Promise.resolve() : null);
    if (early) void early.then(() => this.catchUp());
    else void this.more("end");
  }

  private end(): void {
    this.stop?.();
    this.leaving.abort();
    this.reading = null;
    this.change({ reading: "" });
  }

  /** A page or, when the filters let little through, several. */
  private async turnPages(way: Way, signal: AbortSignal): Promise<void> {
    const had = way === "end" || way === "begin" ? 0 : this.state.window.events.length;
    for (let page = 0; page < MOST_EMPTY; page++) {
      await this.turnPage(page ? onward(way) : way, signal);
      const { window } = this.state;
      const over = onward(way) === "before" ? !window.before : !window.after;
      if (over || window.events.length - had >= FIRST / 4) return;
    }
  }

  private async turnPage(way: Way, signal: AbortSignal): Promise<void> {
    let page: LogPage;
    do {
      this.missed = false;
      page = await this.fetch(way, signal);
      signal.throwIfAborted();
    } while (this.missed);
    const { window } = this.state;
    if (way === "before") return this.change({ window: withEarlier(window, page) });
    if (way === "after") return this.change({ window: this.withEarly(withLater(window, page)) });
    const origin = { way, count: this.state.origin.count + 1 };
    this.change({ window: this.withEarly(begun(page)), origin });
  }

  /** With what came while the page was on its way, which it may not hold. */
  private withEarly(window: LogWindow): LogWindow {
    const { early } = this;
    this.early = [];
    return early.length ? withLive(window, early, early.at(-1)!.seq) : window;
  }

  private async fetch(way: Way, signal: AbortSignal): Promise<LogPage> {
    const { window, ready } = this.state;
    const { first, last } = window;
    const from: Record<Way, object> = {
      end: this.around && !ready ? { before: this.around + BEYOND } : {},
      begin: { after: 0 },
      before: { before: first },
      after: { after: last },
    };
    const query = { ...asQuery(this.filters), ...from[way], limit: ready || way !== "end" ? MORE : FIRST };
    const page = await get<LogPage>(`/runs/${this.run}/events`, query, signal);
    return this.filters.errors ? { ...page, events: page.events.filter(isError) } : page;
  }

  private arrived(events: readonly Event[] | null): void {
    if (!events) {
      [this.early, this.missed] = [[], true];
      return void this.catchUp();
    }
    const wanted = events.filter((event) => isWanted(event, this.filters));
    if (this.reading || !this.state.ready) this.early.push(...wanted);
    if (this.state.ready) this.change({ window: withLive(this.state.window, wanted, events.at(-1)!.seq) });
  }

  /** Something may have been missed: what comes after the end is read again, or the end where that is far. */
  private async catchUp(): Promise<void> {
    if (!this.state.ready || this.state.window.after) return;
    this.change({ window: { ...this.state.window, after: true } });
    await this.reading;
    const { signal } = this.leaving;
    for (let page = 0; this.state.window.after && !this.state.problem && !this.reading && !signal.aborted; page++)
      await this.more(page < MOST_MISSED ? "after" : "end");
  }

  private change(part: Partial<Reading>): void {
    if (Object.entries(part).every(([name, value]) => this.state[name as keyof Reading] === value)) return;
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

let warmed: { key: string; reader: LogReader } | null = null;

/** Begins to read before there is a list to show it. */
export function warm(run: string, filters: Filters, around = 0): void {
  const key = JSON.stringify([run, filters, around]);
  if (warmed?.key === key) return;
  warmed = { key, reader: new LogReader(run, filters, around) };
  void warmed.reader.more("end");
}

/** A reader of its own, or the one that was warmed for it. */
export function readerFor(run: string, filters: Filters, around: number): LogReader {
  const key = JSON.stringify([run, filters, around]);
  return warmed?.key === key ? warmed.reader : new LogReader(run, filters, around);
}

function onward(way: Way): Way {
  return way === "end" ? "before" : way === "begin" ? "after" : way;
}
