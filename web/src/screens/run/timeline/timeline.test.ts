import { expect, test } from "vitest";
import type { Event } from "../../../data/wire";
import { at, attempt, BEGAN, event, shuffled, step } from "../testing/make";
import { markOf, withMarks, type Mark } from "./marks";
import { place, scaleOf, timeAt } from "./scale";
import { rowsOf, segmentsOf, type Segment } from "./segments";
import { sinceStart } from "./words";

const usage = { input_tokens: 1, output_tokens: 1 };
const ran = (name: string) => [{ call: "c", name, output: "" }];

const LOG: Event[] = [
  event(1, 0, "a", { kind: "step.ready", round: 1 }),
  event(2, 2, "a", { kind: "step.started", attempt: 1, round: 1, worker: "w" }),
  event(3, 3, "a", { kind: "step.opened", attempt: 1 }),
  event(4, 8, "a", { kind: "model.answered", usage }),
  event(5, 9, "a", { kind: "step.turn", attempt: 1, turn: 1, results: ran("bash") }),
  event(6, 12, "a", { kind: "model.answered", usage }),
  event(7, 20, "a", { kind: "evidence.recorded", evidence: { duration_s: 6 } }),
  event(8, 21, "a", { kind: "step.turn", attempt: 1, turn: 2, results: ran("submit") }),
  event(9, 22, "a", { kind: "step.done", attempt: 1 }),
];
const DONE = step("a", { state: "done", attempt: 1, ended_at: at(22), attempts: [attempt(1, 2, 22)] });

function marksOf(events: readonly Event[]): Mark[] {
  return events.flatMap((one) => markOf(one) ?? []);
}

/** In seconds, so that it can be read. */
function told(segments: readonly Segment[]): string[] {
  const second = (time: number) => (time - BEGAN) / 1000;
  return segments.map(({ doing, from, to, turn }) => {
    return `${doing} ${second(from)}-${to === null ? "" : second(to)}${turn ? ` in ${turn}` : ""}`;
  });
}

test("a step's time is waiting, opening, the model's, the tools' and the tests'", () => {
  expect(told(segmentsOf(DONE, marksOf(LOG)))).toEqual([
    "queue 0-2 in 1",
    "opening 2-3 in 1",
    "model 3-8 in 1",
    "tool 8-9 in 1",
    "model 9-12 in 2",
    "tool 12-14 in 2",
    "tests 14-20 in 2",
    "tests 20-21 in 2",
    "model 21-22",
  ]);
});

test("a step under way ends open", () => {
  const running = step("a", { state: "running", attempt: 1, attempts: [attempt(1, 2, null)] });
  expect(told(segmentsOf(running, marksOf(LOG.slice(0, 4)))).at(-1)).toBe("tool 8-");
  const queued = step("a", { state: "ready" });
  expect(told(segmentsOf(queued, marksOf(LOG.slice(0, 1))))).toEqual(["queue 0-"]);
});

test("without events the attempts alone tell when somebody worked", () => {
  const two = step("a", { attempt: 2, attempts: [attempt(1, 2, 5, { outcome: "lost" }), attempt(2, 6, null)] });
  expect(told(segmentsOf(two, []))).toEqual(["work 2-5", "work 6-"]);
});

test("with the end of the log alone, the time before it is rough and does not overlap", () => {
  expect(told(segmentsOf(DONE, marksOf(LOG.slice(5))))).toEqual(["work 2-21", "model 21-22"]);
});

test("waiting for a person is no work, and a new attempt begins after it", () => {
  const events = [
    ...LOG.slice(0, 4),
    event(5, 10, "a", { kind: "step.waiting", attempt: 1, question: {} }),
    event(6, 100, "a", { kind: "step.ready", round: 1, answer: {} }),
    event(7, 101, "a", { kind: "step.started", attempt: 2, round: 1, worker: "w" }),
  ];
  const line = step("a", { state: "running", attempt: 2, attempts: [attempt(1, 2, 10), attempt(2, 101, null)] });
  const all = told(segmentsOf(line, marksOf(events)));
  expect(all.slice(3)).toEqual(["tool 8-10", "person 10-100", "queue 100-101", "opening 101-"]);
  const rows = rowsOf([line], marksOf(events));
  expect(rows.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
  expect(told(rows[1]!.segments).some((text) => text.startsWith("person"))).toBe(false);
  expect(told(rows[2]!.segments)).toEqual(["opening 101-"]);
});

test("marks come to the same in whatever order and however often they arrive", () => {
  const marks = marksOf(LOG);
  for (let seed = 1; seed < 50; seed++) {
    const mixed = shuffled([...marks, ...marks.slice(seed % marks.length)], seed);
    const cut = seed % mixed.length;
    expect(withMarks(withMarks([], mixed.slice(0, cut)), mixed.slice(cut))).toEqual(marks);
  }
});

test("segments never overlap and never run backwards, whatever part of the log is at hand", () => {
  for (let seed = 1; seed < 80; seed++) {
    const some = withMarks([], shuffled(marksOf(LOG), seed).slice(0, 1 + (seed % LOG.length)));
    const segments = segmentsOf(DONE, some);
    segments.forEach(({ from, to }, index) => {
      expect(to ?? Infinity).toBeGreaterThanOrEqual(from);
      if (index) expect(from).toBeGreaterThanOrEqual(segments[index - 1]!.to!);
    });
  }
});

test("idle stretches are folded, and every moment keeps its place in the order", () => {
  const line = step("a", { attempt: 2, attempts: [attempt(1, 0, 10), attempt(2, 1000, 1010)] });
  const rows = rowsOf([line], []);
  const now = BEGAN + 1_010_000;
  const whole = scaleOf(rows, now, false);
  const folded = scaleOf(rows, now, true);
  expect(whole.length).toBe(1_010_000);
  expect(folded.length).toBeLessThan(25_000);
  let before = -1;
  for (let second = 0; second <= 1010; second += 5) {
    const shown = place(folded, BEGAN + second * 1000);
    expect(shown).toBeGreaterThanOrEqual(before);
    expect(timeAt(folded, shown)).toBeCloseTo(BEGAN + second * 1000, -1);
    before = shown;
  }
});

test("40,000 events are cut within a second", () => {
  const marks: Mark[] = [];
  for (let seq = 1; seq <= 40_000; seq++) {
    const what = seq === 1 ? "started" : seq % 2 ? "turn" : "answered";
    marks.push({ seq, at: BEGAN + seq * 500, step: `s${seq % 40}`, what, attempt: 1, turn: seq, took: 0, tests: false });
  }
  const steps = Array.from({ length: 40 }, (_, id) => step(`s${id}`, { attempt: 1, attempts: [attempt(1, 0, null)] }));
  const took = [1, 2, 3].map(() => {
    const began = performance.now();
    const rows = rowsOf(steps, marks);
    scaleOf(rows, BEGAN + 20_000_000, true);
    expect(rows.flatMap(({ segments }) => segments).length).toBeGreaterThan(19_000);
    return performance.now() - began;
  });
  expect(Math.min(...took), "the best of a few: others use this machine too").toBeLessThan(1000);
});

test("times on the ruler are short, and finer where seconds would not tell them apart", () => {
  expect([0, 9_400, 61_000, 3_725_000].map((ms) => sinceStart(ms))).toEqual(["0 s", "9 s", "1:01", "1:02:05"]);
  expect([9_400, 61_250].map((ms) => sinceStart(ms, true))).toEqual(["9.4 s", "1:01.3"]);
});
