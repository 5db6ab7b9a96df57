import { expect, test } from "vitest";
import golden from "./golden.json";
import { emptyView } from "./empty";
import { reduce, type RunView } from "./run";
import type { Event, RunDetail } from "./wire";

interface Case {
  events: Event[];
  detail: RunDetail;
}

const cases = golden as unknown as Record<string, Case>;

function fold(events: Event[], from?: RunView): RunView {
  return events.reduce(reduce, from ?? emptyView(events[0]!.run));
}

/** The broker leaves trailing zeros of a second out; memory writes them. */
function comparable(value: unknown): unknown {
  const text = JSON.stringify(value, (key, part: unknown) => (key === "applied" || key === "fresh" ? undefined : part));
  return JSON.parse(text.replace(/(:\d\d)\.(\d+?)0*Z"/g, '$1.$2Z"'));
}

test.each(Object.keys(cases))("%s: the fold of the events is what memory answers", (name) => {
  const { events, detail } = cases[name]!;
  expect(comparable(fold(events).detail)).toEqual(comparable(detail));
});

test.each(Object.keys(cases))("%s: events that come twice change nothing", (name) => {
  const { events } = cases[name]!;
  const once = fold(events);
  expect(fold(events, once)).toBe(once);
  expect(fold([...events.slice(0, 6), ...events.slice(2)])).toEqual(once);
});

test.each(Object.keys(cases))("%s: a cursor may stop and go on anywhere", (name) => {
  const { events } = cases[name]!;
  for (let cut = 1; cut < events.length; cut++) {
    expect(fold(events.slice(cut), fold(events.slice(0, cut)))).toEqual(fold(events));
  }
});

test("an event of a newer fleet is passed over", () => {
  const view = fold(cases["solved"]!.events);
  const strange = { kind: "run.paused", seq: view.seq + 1 } as unknown as Event;
  expect(reduce(view, strange)).toEqual({ ...view, seq: view.seq + 1 });
});
