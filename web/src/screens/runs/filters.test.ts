import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "../../app/params";
import { emptyView } from "../../data/empty";
import type { RunLine } from "../../data/wire";
import { isFiltered, passes, queryOf, sameFilters, shown, toggled, valuesOf } from "./filters";
import { grouped } from "./groups";
import { runsSearch } from "./search";
import { readViews, withView, type View } from "./views";

function line(run: string, change: Partial<RunLine> = {}): RunLine {
  return { ...emptyView(run).detail.run, submitted_at: `2026-01-01T00:00:0${run.length}Z`, task: `task of ${run}`, ...change };
}

test("filters survive the way through the address, and through a saved view", () => {
  const search = { status: "failed,waiting", by: "ada,eve", text: "fix, the 100% parser & more" };
  const back = runsSearch(parseSearch(stringifySearch(search)));
  expect(sameFilters(back, search)).toBe(true);
  const view: View = { name: "mine", search, pinned: true };
  expect(sameFilters(readViews(JSON.stringify([view]))[0]!.search, search)).toBe(true);
  expect(queryOf(back)).toMatchObject(search);
});

test("choosing a value twice is not choosing it", () => {
  const once = toggled({}, "status", "failed");
  expect(valuesOf(toggled(once, "status", "running"), "status")).toEqual(["failed", "running"]);
  expect(isFiltered(once)).toBe(true);
  expect(isFiltered(toggled(once, "status", "failed"))).toBe(false);
});

test("a held run is listed as that alone", () => {
  const waits = line("a", { status: "running", held: "waiting" });
  expect(passes(waits, { status: "running" })).toBe(false);
  expect(passes(waits, { status: "failed,waiting" })).toBe(true);
  expect(passes(waits, { model: "x" })).toBe(false);
});

test("what is shown is what the server listed, as it is now", () => {
  const listed = [line("aaa", { status: "running" }), line("a", { status: "running" })];
  const live = [line("aaaa", { status: "running" }), line("aaa", { status: "failed" }), line("", { status: "running" })];
  const ids = (all: boolean) => shown(listed, live, { status: "running" }, all).map(({ run }) => run);
  expect(ids(false)).toEqual(["aaaa", "a"]); // older ones come with their page
  expect(ids(true)).toEqual(["aaaa", "a", ""]);
});

test("in whatever order and how often lines arrive, the same is shown", () => {
  const lines = ["a", "aa", "aaa", "aaaa"].map((run) => line(run));
  const expected = shown([], lines, {}, true);
  for (let turn = 0; turn < 24; turn++) {
    const mixed = lines.map((_, at) => lines[(at * 3 + turn) % 4]!);
    const cut = turn % 5;
    expect(shown(mixed.slice(0, cut), [...mixed.slice(0, cut), ...mixed].filter(once), {}, true)).toEqual(expected);
  }
});

test("groups are by what a person has to do, and empty ones are left out", () => {
  const lines = [
    line("a", { status: "succeeded" }),
    line("b", { status: "running", held: "paused" }),
    line("c", { status: "planned" }),
    line("d", { status: "failed" }),
  ];
  const names = grouped(lines).map(([group, members]) => [group, members.map(({ run }) => run)]);
  expect(names).toEqual([
    ["needs", ["b"]],
    ["queued", ["c"]],
    ["done", ["a", "d"]],
  ]);
});

test("a view of the same name is replaced, and what is no view is passed over", () => {
  const view: View = { name: "mine", search: { status: "failed" }, pinned: false };
  const again = withView(withView([], view), { ...view, pinned: true });
  expect(again).toEqual([{ ...view, pinned: true }]);
  expect(readViews('[{"name": 3}, null, {"name": "ok", "search": {"status": 4}}]')).toEqual([
    { name: "ok", search: runsSearch({}), pinned: false },
  ]);
  expect(readViews("{broken")).toEqual([]);
});

function once(one: RunLine, at: number, all: RunLine[]): boolean {
  return all.findIndex(({ run }) => run === one.run) === at;
}
