import { expect, test } from "vitest";
import { emptyView } from "../empty";
import golden from "../golden.json";
import { reduce, reduceAll, type RunView } from "../run";
import type { Event } from "../wire";

const logs = Object.entries(golden as unknown as Record<string, { events: Event[] }>);

/** Numbers that look random and are the same each time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function oneByOne(events: readonly Event[]): RunView {
  return events.reduce(reduce, emptyView(events[0]!.run));
}

test.each(logs)("%s: batches in any order, with repetitions, come to the same", (_, { events }) => {
  const whole = oneByOne(events);
  for (let seed = 1; seed <= 60; seed++) {
    const roll = dice(seed);
    let view = emptyView(events[0]!.run);
    for (let at = 0; at < events.length; ) {
      const next = Math.min(events.length, at + 1 + roll(8));
      const again = events.slice(roll(at + 1), at);
      const batch = [...events.slice(at, next), ...again, events[at]!];
      view = reduceAll(view, batch.map((event) => [roll(1000), event] as const).sort(([a], [b]) => a - b).map(([, event]) => event));
      at = next;
    }
    expect(view).toEqual(whole);
  }
});

test.each(logs)("%s: batches and snapshots, in any turn, come to the same", (_, { events }) => {
  const whole = oneByOne(events);
  for (let seed = 1; seed <= 60; seed++) {
    const roll = dice(seed);
    let view = emptyView(events[0]!.run);
    while (view.seq < whole.seq) {
      const at = events.findIndex(({ seq }) => seq > view.seq);
      const next = Math.min(events.length, at + 1 + roll(8));
      if (roll(3)) view = reduceAll(view, events.slice(roll(at + 1), next));
      else view = { seq: events[next - 1]!.seq, detail: oneByOne(events.slice(0, next)).detail };
    }
    expect(view).toEqual(whole);
  }
});

test.each(logs)("%s: a view is never changed after it was handed out", (_, { events }) => {
  const views = [emptyView(events[0]!.run)];
  const frozen = [JSON.stringify(views[0])];
  for (const event of events) {
    views.push(reduce(views.at(-1)!, event));
    frozen.push(JSON.stringify(views.at(-1)));
  }
  expect(views.map((view) => JSON.stringify(view))).toEqual(frozen);
});

test("steps that no event is about stay the very same objects", () => {
  const { events } = golden.troubled as unknown as { events: Event[] };
  const before = oneByOne(events.slice(0, 4));
  const after = reduce(before, events[4]!);
  const [solve, check] = [0, 1].map((at) => after.detail.steps[at] === before.detail.steps[at]);
  expect([solve, check]).toEqual([false, true]);
});

function longLog(events: number, steps: number): Event[] {
  const { events: short } = golden.solved as unknown as { events: Event[] };
  const like = <Kind extends Event["kind"]>(kind: Kind) => short.find((event) => event.kind === kind)!;
  const planned = like("run.planned") as Extract<Event, { kind: "run.planned" }>;
  const specs = Array.from({ length: steps }, (_, at) => ({ ...planned.steps[0]!, id: `s${at}` }));
  const log: Event[] = [like("run.submitted"), { ...planned, steps: specs }];
  for (const { id } of specs) log.push({ ...like("step.ready"), step: id }, { ...like("step.started"), step: id } as Event);
  while (log.length < events) {
    const step = `s${log.length % steps}`;
    log.push({ ...like("model.answered"), step }, { ...like("step.turn"), step } as Event);
  }
  return log.map((event, at) => ({ ...event, seq: at + 1 }));
}

/** The best of a few: others use this machine too. */
function best(times: number, work: () => void): number {
  const took = Array.from({ length: times }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return Math.min(...took);
}

test("a log of 100,000 events, a hundred at a time, is folded within a second", () => {
  const size = 100;
  const log = longLog(100_000, 60);
  let view = emptyView(log[0]!.run);
  const took = best(3, () => {
    view = emptyView(log[0]!.run);
    for (let at = 0; at < log.length; at += size) view = reduceAll(view, log.slice(at, at + size));
  });
  expect(view.detail.run.turns).toBeGreaterThan(49_000);
  expect(took, `${Math.round(took)} ms`).toBeLessThan(1000);
});
