import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Arrival } from "../../../data/store";
import type { Event } from "../../../data/wire";
import { LogReader } from "./reader";

const listeners = vi.hoisted(() => new Set<Arrival>());
vi.mock("../../../data/store", () => ({
  onArrival(listener: Arrival) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
}));

/** A log and the gateway before it: it reads a page at once, and hands it over when the test says so. */
let log: Event[];
let asked: (() => void)[];
let pages: number;

beforeEach(() => {
  [log, asked, pages] = [[], [], 0];
  store(100);
  vi.stubGlobal("fetch", (url: string, { signal }: { signal: AbortSignal }) => {
    signal.throwIfAborted();
    const page = JSON.stringify(pageOf(new URL(url, "http://here").searchParams));
    pages += 1;
    return new Promise<Response>((resolve, reject) => {
      const stop = () => reject(signal.reason as Error);
      signal.addEventListener("abort", stop);
      asked.push(() => {
        signal.removeEventListener("abort", stop);
        resolve(new Response(page));
      });
    });
  });
});

afterEach(() => {
  listeners.clear();
  vi.unstubAllGlobals();
});

function pageOf(query: URLSearchParams) {
  const [after, limit] = [query.get("after"), Number(query.get("limit"))];
  const from = after === null ? Math.max(0, log.length - limit) : Number(after);
  const events = log.slice(from, from + limit);
  const [first_seq, last_seq] = [events[0]?.seq ?? 0, events.at(-1)?.seq ?? 0];
  return { events, first_seq, last_seq, more_before: from > 0, more_after: from + limit < log.length, total: log.length };
}

function store(count: number): Event[] {
  const fresh = Array.from({ length: count }, (_, at) => ({ kind: "ask.pause", seq: log.length + at + 1 }) as Event);
  log.push(...fresh);
  return fresh;
}

function tell(events: Event[] | null): void {
  for (const listener of listeners) listener(events);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Hands over what is asked for, until nothing is. */
async function answered(): Promise<void> {
  for (await turn(); asked.length; await turn()) for (const answer of asked.splice(0)) answer();
}

function reading(): LogReader {
  return new LogReader("run", { kinds: [], step: "", text: "", errors: false });
}

function held(reader: LogReader): [first: number, last: number, gaps: number] {
  const seqs = reader.get().window.events.map(({ seq }) => seq);
  return [seqs[0]!, seqs.at(-1)!, seqs.filter((seq, at) => at > 0 && seq !== seqs[at - 1]! + 1).length];
}

test("what comes while a page is on its way is neither lost nor held twice", async () => {
  const reader = reading();
  reader.subscribe(() => undefined);
  tell(store(3));
  await answered();
  expect(held(reader)).toEqual([1, 103, 0]);
  store(10);
  tell(null);
  tell(store(5));
  await answered();
  tell(store(1));
  expect(held(reader)).toEqual([1, 119, 0]);
});

test("a page that was on its way when events were missed is read again", async () => {
  const reader = reading();
  reader.subscribe(() => undefined);
  tell(store(2));
  store(50);
  tell(null);
  tell(store(4));
  await answered();
  expect(held(reader)).toEqual([57, 156, 0]);
});

test("what was missed is read, or the end where it is far", async () => {
  const reader = reading();
  reader.subscribe(() => undefined);
  await answered();
  store(1500);
  tell(null);
  await answered();
  expect([...held(reader), reader.get().origin.count]).toEqual([1, 1600, 0, 1]);
  store(50_000);
  tell(null);
  await answered();
  expect([...held(reader), reader.get().origin.count]).toEqual([51_201, 51_600, 0, 2]);
  expect(pages).toBeLessThan(15);
});

test("who leaves while much is read again ends the reading", async () => {
  const reader = reading();
  const leave = reader.subscribe(() => undefined);
  await answered();
  store(1500);
  tell(null);
  await turn();
  leave();
  await turn();
  expect(pages).toBe(2);
  expect(reader.get().reading).toBe("");
});
