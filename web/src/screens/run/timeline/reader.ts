// Reads from the log what the timeline needs, from its end backward, and keeps only marks of it.

import { get } from "../../../data/api";
import { onArrival } from "../../../data/store";
import type { Event } from "../../../data/wire";
import { told } from "../../../data/commands";
import type { LogPage } from "../log/window";
import { type Mark, MARKED, markOf, withMarks } from "./marks";

export interface Marked {
  marks: readonly Mark[];
  /** Events before these have not been read. */
  before: boolean;
  reading: boolean;
  problem: ReturnType<typeof told> | null;
}

/** Events that are read without being asked for. */
const BY_ITSELF = 20_000;
const PAGE = 1000;
const TELL_MS = 400;

export class MarkReader {
  private state: Marked = { marks: [], before: true, reading: false, problem: null };
  private first = 0;
  private read = 0;
  private stop: (() => void) | null = null;
  private leaving = new AbortController();
  private readonly listeners = new Set<() => void>();
  private fresh: Mark[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly run: string) {}

  readonly get = (): Marked => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.begin();
    return () => {
      this.listeners.delete(listener);
      if (!this.listeners.size) this.end();
    };
  };

  /** Reads on, backward, as many events as once by itself. */
  async more(): Promise<void> {
    if (this.state.reading || !this.state.before) return;
    this.change({ reading: true, problem: null });
    const { signal } = this.leaving;
    const until = this.read + BY_ITSELF;
    try {
      while (this.state.before && this.read < until) await this.page(signal);
    } catch (error) {
      if (!signal.aborted) this.change({ problem: told(error) });
    }
    if (signal === this.leaving.signal) this.change({ reading: false });
  }

  private begin(): void {
    this.leaving = new AbortController();
    this.stop = onArrival((events) => (events ? this.arrived(events) : this.again()));
    if (this.read) this.again();
    else void this.more();
  }

  private end(): void {
    this.stop?.();
    this.leaving.abort();
    this.change({ reading: false });
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async page(signal: AbortSignal): Promise<void> {
    const query = { kinds: MARKED.join(","), limit: PAGE, before: this.first || undefined };
    const page = await get<LogPage>(`/runs/${this.run}/events`, query, signal);
    signal.throwIfAborted();
    this.first = page.first_seq;
    this.read += Math.max(1, page.events.length);
    this.change({ marks: withMarks(this.state.marks, marksOf(page.events)), before: page.more_before });
  }

  private arrived(events: readonly Event[]): void {
    this.fresh.push(...marksOf(events));
    this.timer ??= setTimeout(() => this.tell(), TELL_MS);
  }

  private tell(): void {
    this.timer = undefined;
    const { fresh } = this;
    this.fresh = [];
    this.change({ marks: withMarks(this.state.marks, fresh) });
  }

  /** Some may have been missed: the end is read anew. */
  private again(): void {
    this.first = 0;
    this.read = 0;
    this.state = { ...this.state, before: true };
    void this.more();
  }

  private change(part: Partial<Marked>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

function marksOf(events: readonly Event[]): Mark[] {
  return events.flatMap((event) => markOf(event) ?? []);
}
