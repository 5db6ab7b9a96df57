import { expect, test } from "vitest";
import { pairs, parsePatch, type Line } from "./patch";

const PATCH = `diff --git a/src/a.py b/src/a.py
index 111..222 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1,4 +1,4 @@ def first():
 one
-two
--- three
+2
++++ 3
 four
\\ No newline at end of file
@@ -20 +20,2 @@
 twenty
+twenty one
`;

test("reads hunks, numbers both sides, and takes lines that look like heads for text", () => {
  const { hunks } = parsePatch(PATCH);
  expect(hunks.map(({ within, lines }) => [within, lines.length])).toEqual([["def first():", 6], ["", 2]]);
  expect(hunks[0]?.lines.map(({ kind, old, new: fresh, text }) => [kind, old, fresh, text])).toEqual([
    ["same", 1, 1, "one"],
    ["del", 2, 0, "two"],
    ["del", 3, 0, "-- three"],
    ["add", 0, 2, "2"],
    ["add", 0, 3, "+++ 3"],
    ["same", 4, 4, "four"],
  ]);
  expect(hunks[0]?.lines.at(-1)?.open).toBe(true);
  expect(hunks[1]?.lines.at(-1)).toEqual({ kind: "add", old: 0, new: 21, text: "twenty one" });
});

test("says which permissions changed", () => {
  expect(parsePatch("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n")).toEqual({ hunks: [], modes: "100644 → 100755" });
});

test("stands anything that is no patch without throwing", () => {
  for (const text of ["", "@@", "@@ -1 +1 @@", "@@ -1,9 +1,9 @@\n one", "Binary files a and b differ", "@@ -1 +1 @@\nrubbish\n@@ -2 +2 @@\n same"]) {
    expect(() => parsePatch(text)).not.toThrow();
  }
  expect(parsePatch("@@ -1 +1 @@\nrubbish\n@@ -2 +2 @@\n same").hunks.at(-1)?.lines).toHaveLength(1);
});

test("puts what was taken out beside what was put in for it", () => {
  const { hunks } = parsePatch(PATCH);
  expect(pairs(hunks[0]?.lines ?? [])).toEqual([[0, 0], [1, 3], [2, 4], [5, 5]]);
});

test("every line stands in the pairs once on each side it has, in order", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const lines = randomLines(seed);
    const found = pairs(lines);
    const left = found.map(([index]) => index).filter((index) => index >= 0);
    const right = found.map(([, index]) => index).filter((index) => index >= 0);
    expect(left).toEqual(places(lines, "add"));
    expect(right).toEqual(places(lines, "del"));
  }
});

function places(lines: readonly Line[], but: Line["kind"]): number[] {
  return lines.flatMap(({ kind }, at) => (kind === but ? [] : [at]));
}

/** As git orders them: within a change, lines taken out come first. */
function randomLines(seed: number): Line[] {
  let state = seed;
  const draw = (most: number) => (state = (state * 48271) % 2147483647) % most;
  const one = (kind: Line["kind"]): Line => ({ kind, old: 1, new: 1, text: "" });
  return Array.from({ length: draw(6) }).flatMap(() => [
    ...Array.from({ length: draw(3) }, () => one("same")),
    ...Array.from({ length: draw(4) }, () => one("del")),
    ...Array.from({ length: draw(4) }, () => one("add")),
  ]);
}
