import { expect, test } from "vitest";
import golden from "../../../data/golden.json";
import type { Event } from "../../../data/wire";
import { dice, event, shuffled } from "../testing/make";
import { asQuery, EVERYTHING, isError, isWanted } from "./filters";
import { say } from "./say";
import { begun, withEarlier, withLater, withLive, type LogPage } from "./window";

const ALL = Object.values(golden as unknown as Record<string, { events: Event[] }>).flatMap(({ events }) => events);
const LOG = Array.from({ length: 60 }, (_, at) => event(3 * at + 1, at, "a", { kind: "step.turn", turn: at, results: [] }));

/** As the server cuts it. */
function page(from: number, to: number): LogPage {
  const events = LOG.filter(({ seq }) => seq >= from && seq <= to);
  const more_after = to < LOG.at(-1)!.seq;
  return { events, first_seq: from, last_seq: to, more_before: from > 1, more_after, total: LOG.length };
}

test("pages and live events come to the whole log, each event once, whatever overlaps", () => {
  for (let seed = 1; seed < 40; seed++) {
    const roll = dice(seed);
    const end = 100 + roll(40);
    let window = begun({ ...page(end - 30, end), more_after: false });
    const live = LOG.filter(({ seq }) => seq > end - roll(20));
    window = withLive(window, shuffled([...live, ...live.slice(0, 3)], seed), live.at(-1)!.seq);
    while (window.before) window = withEarlier(window, page(Math.max(1, window.first - 1 - roll(30)), window.first - 1));
    expect(window.events).toEqual(LOG);
    expect(window.last).toBe(LOG.at(-1)!.seq);
  }
});

test("live events do not join a window whose end is not the end of the log", () => {
  const middle = begun(page(1, 50));
  const later = withLive(middle, LOG.slice(-2), LOG.at(-1)!.seq);
  expect(later.events).toBe(middle.events);
  const joined = withLater(later, page(51, LOG.at(-1)!.seq));
  expect(joined.events).toEqual(LOG);
});

test("what was there already changes nothing", () => {
  const whole = begun(page(1, LOG.at(-1)!.seq));
  expect(withLive(whole, LOG.slice(-5), whole.last)).toBe(whole);
});

test.each(ALL.map((one, at) => [`${one.kind} ${at}`, one] as const))("%s is said in one line", (_, one) => {
  const said = say(one);
  expect(said).toMatch(/^\S.*$/);
  expect(said.length).toBeLessThanOrEqual(240);
  expect(said).not.toContain("undefined");
});

test("an event of a newer fleet is called by its kind", () => {
  expect(say(event(1, 0, "", { kind: "run.archived" }))).toBe("run.archived");
});

test("events are filtered by kind, beginning of a kind, step and text", () => {
  const count = (change: object) => ALL.filter((one) => isWanted(one, { ...EVERYTHING, ...change })).length;
  expect(count({})).toBe(ALL.length);
  expect(count({ kinds: ["step.turn"] })).toBe(ALL.filter(({ kind }) => kind === "step.turn").length);
  expect(count({ kinds: ["ask.", "run.heard"] })).toBe(ALL.filter(({ kind }) => /^ask|heard/.test(kind)).length);
  expect(count({ text: "LUNCH" })).toBe(1);
  expect(count({ step: "solve", kinds: ["ask."] })).toBe(0);
  expect(count({ errors: true })).toBe(ALL.filter(isError).length);
  expect(ALL.filter(isError).map(({ kind }) => kind)).toContain("step.failed");
});

test("every kind of error is asked for when only errors are wanted", () => {
  const { kinds } = asQuery({ ...EVERYTHING, errors: true });
  const asked = kinds.split(",");
  for (const one of ALL.filter(isError)) expect(isWanted(one, { ...EVERYTHING, kinds: asked })).toBe(true);
});
