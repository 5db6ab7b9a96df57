import { expect, test } from "vitest";
import type { FileChange } from "../../data/wire";
import { anchorOf, parseAnchor, placeWords, type Anchor } from "./anchor";
import { messageOf, type Draft } from "./drafts";
import { bytes } from "../../data/units";
import { filtered, notes, reviewFiles } from "./files";
import { lineOn, next, placeOf, quoted, rowAt, rowsOf, type Shown } from "./rows";
import { inTreeOrder, toggled, treeRows } from "./tree";

const PATCH = "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
const FILES = reviewFiles(
  [changed("a/b/one.py"), changed("a/b/two.bin", { binary: true, old_size: 10, new_size: 3000 }), changed("c.py", { status: "R", old_path: "d.py" })],
  new Map([["a/b/one.py", { path: "a/b/one.py", patch: PATCH, cut: false }], ["c.py", { path: "c.py", patch: "", cut: false }]]),
);
const SHOWN: Shown = { layout: "unified", closed: new Set(), drafts: [], form: null };

test("lists files, what is to be said of them, hunks and lines", () => {
  expect(rowsOf(FILES, SHOWN).map(({ type }) => type).join(" ")).toBe("file hunk line line line line file note file note");
  expect(rowsOf(FILES, { ...SHOWN, layout: "split" }).filter(({ type }) => type === "line")).toHaveLength(3);
  expect(rowsOf(FILES, { ...SHOWN, closed: new Set(["a/b/one.py"]) })[1]).toMatchObject({ type: "file", file: 1 });
});

test("a comment stands below its line, in both layouts, and a form opens a file that was put away", () => {
  const draft = { id: "x", at: at("new", 2) };
  for (const layout of ["unified", "split"] as const) {
    const rows = rowsOf(FILES, { ...SHOWN, layout, drafts: [draft] });
    const place = rows.findIndex(({ type }) => type === "draft");
    const before = rows[place - 1];
    expect(before && FILES[0] && lineOn(FILES[0], before, "new")?.new).toBe(2);
  }
  const rows = rowsOf(FILES, { ...SHOWN, closed: new Set(["a/b/one.py"]), form: at("old", 2) });
  expect(rows.filter(({ type }) => type === "form")).toHaveLength(1);
});

test("no comment is lost when its line is not shown", () => {
  const rows = rowsOf(FILES, { ...SHOWN, drafts: [{ id: "x", at: at("new", 999) }, { id: "y", at: at("new", 0) }] });
  expect(rows.filter(({ type }) => type === "draft")).toHaveLength(2);
});

test("a place is found again by the link made of it", () => {
  const rows = rowsOf(FILES, SHOWN);
  rows.forEach((row, index) => {
    const place = placeOf(FILES, row);
    expect(place).not.toBeNull();
    const again = parseAnchor(`#${anchorOf(place as Anchor)}`);
    expect(again).toEqual(place);
    if (row.type === "line" || row.type === "file") expect(rowAt(FILES, rows, again as Anchor)).toBe(index);
  });
});

test("links with odd names, ranges and rubbish", () => {
  const odd: Anchor = { path: "dir with space/ä#?:L1.py", side: "old", first: 3, last: 7 };
  expect(parseAnchor(`#${anchorOf(odd)}`)).toEqual(odd);
  expect(parseAnchor("#a.py:L9-L4")).toEqual({ path: "a.py", side: "new", first: 4, last: 9 });
  expect(parseAnchor("#%zz")?.path).toBe("%zz");
  expect(parseAnchor("#")).toBeNull();
  expect(rowAt(FILES, rowsOf(FILES, SHOWN), at("new", 999))).toBe(0);
  expect(rowAt(FILES, rowsOf(FILES, SHOWN), { ...odd })).toBe(-1);
  expect(placeWords(odd)).toBe("old lines 3 to 7");
});

test("steps from file to file and stops at the ends", () => {
  const rows = rowsOf(FILES, SHOWN);
  const file = (row: { type: string }) => row.type === "file";
  expect(next(rows, 0, 1, file)).toBe(6);
  expect(next(rows, 8, 1, file)).toBe(8);
  expect(next(rows, 6, -1, file)).toBe(0);
});

test("says why there are no lines", () => {
  expect(notes(FILES[1] as never)).toEqual(["Binary file (10 B → 2.9 KiB)."]);
  expect(notes(FILES[2] as never)).toEqual(["Renamed from d.py."]);
  expect(notes(reviewFiles([changed("a.py")], new Map())[0] as never)[0]).toContain("not loaded");
  expect([bytes(0), bytes(1023), bytes(1024), bytes(50 * 1024 ** 2)]).toEqual(["0 B", "1023 B", "1.0 KiB", "50 MiB"]);
});

test("filters by words and statuses, and finds a file by its old name", () => {
  expect(filtered(FILES, "ONE a/b").map(({ path }) => path)).toEqual(["a/b/one.py"]);
  expect(filtered(FILES, "d.py").map(({ path }) => path)).toEqual(["c.py"]);
  expect(filtered(FILES, "", "R").map(({ path }) => path)).toEqual(["c.py"]);
});

test("the tree holds every file once and folds directories with one entry", () => {
  const rows = treeRows(FILES, new Set());
  expect(rows.map(({ name, depth }) => `${depth}${name}`)).toEqual(["0a/b", "1one.py", "1two.bin", "0c.py"]);
  expect(treeRows(FILES, new Set(["a/b"])).map(({ name }) => name)).toEqual(["a/b", "c.py"]);
});

test("the diff goes down the tree, and loses no file on the way", () => {
  const items = ["z", "b/y", "a/x/1", "b/a/2", "a/w"].map((path) => ({ path }));
  expect(inTreeOrder(items).map(({ path }) => path)).toEqual(["a/x/1", "a/w", "b/a/2", "b/y", "z"]);
  expect([...toggled(toggled(new Set(["a"]), "b"), "a")]).toEqual(["b"]);
});

test("a message quotes the lines and keeps the order of the code", () => {
  const draft = (id: string, first: number): Draft => ({ id, at: at("new", first), text: `say ${id} `, quote: [`line ${first}`], from: "base", to: "newest" });
  expect(messageOf([draft("b", 20), draft("a", 3)])).toBe(
    "2 comments on your changes, from a review of the diff:\n\na/b/one.py, line 3:\n> line 3\nsay a\n\na/b/one.py, line 20:\n> line 20\nsay b",
  );
  expect(quoted(FILES[0] as never, { ...at("new", 2), last: 3 })).toEqual(["2", "three"]);
});

function at(side: "old" | "new", first: number): Anchor {
  return { path: "a/b/one.py", side, first, last: first };
}

function changed(path: string, more: Partial<FileChange> = {}): FileChange {
  const none = { old_path: "", old_kind: "file", kind: "file", additions: 0, deletions: 0, binary: false, old_size: 0, new_size: 0, too_large: false };
  return { path, status: "M", ...none, ...more } as FileChange;
}
