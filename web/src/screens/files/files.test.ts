import { expect, test } from "vitest";
import type { BlameRange, FileEntry } from "../../data/wire";
import { contentOf, linesOf, totalOf } from "./content";
import { openRows, parentsOf } from "./entries";
import { writersOf } from "./writers";

test("says what a file is, and cuts a long one at the end of a line", () => {
  expect(contentOf(encoded("a\nb\n"), 4, true)).toEqual({ kind: "text", text: "a\nb\n", bytes: 4 });
  expect(contentOf(encoded("a\nb\nc"), 99, true)).toEqual({ kind: "long", text: "a\nb\n", bytes: 99 });
  expect(contentOf(encoded("one endless line"), 99, true).text).toBe("one endless line");
  expect(contentOf(encoded("\0"), 1, false).kind).toBe("binary");
  expect([totalOf("bytes 0-9/120"), totalOf("bytes 0-9/*"), totalOf(null)]).toEqual([120, null, null]);
});

test("the end of the last line begins no new one", () => {
  expect([linesOf(""), linesOf("a"), linesOf("a\n"), linesOf("a\n\n")]).toEqual([[], ["a"], ["a"], ["a", ""]]);
});

test("every line of a range has its writer, and the first one says so", () => {
  const found = writersOf([range(1, 2, "base", ""), range(3, 2, "turn", "fix", 4), range(5, 9, "start", "docs")], 6);
  expect(found.map((writer) => writer && `${writer.first ? "*" : ""}${writer.words}`)).toEqual([
    "*before the run", "before the run", "*fix, turn 4", "fix, turn 4", "*merge for docs", "merge for docs",
  ]);
  expect(found.map((writer) => writer?.step)).toEqual(["", "", "fix", "fix", "docs", "docs"]);
});

test("shows what is open as far as it is known", () => {
  const listed = new Map([["", [entry("src", "directory"), entry("a.py")]], ["src", [entry("src/b.py"), entry("src/in", "directory")]]]);
  const paths = (open: string[]) => openRows(listed, new Set(open)).map(({ entry, depth }) => `${depth}${entry.path}`);
  expect(paths([])).toEqual(["0src", "0a.py"]);
  expect(paths(["src", "src/in"])).toEqual(["0src", "1src/b.py", "1src/in", "0a.py"]);
  expect(parentsOf("a/b/c.py")).toEqual(["a", "a/b"]);
  expect(parentsOf("c.py")).toEqual([]);
});

function encoded(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}

function range(first: number, lines: number, kind: BlameRange["kind"], step: string, turn = 0): BlameRange {
  return { first, lines, kind, step, turn, attempt: 1, at: "", checkpoint: "" };
}

function entry(path: string, kind: FileEntry["kind"] = "file"): FileEntry {
  return { name: path.split("/").at(-1) ?? "", path, kind, size: 1, mode: "", changed: "" };
}
