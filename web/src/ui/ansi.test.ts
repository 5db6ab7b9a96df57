import { expect, test } from "vitest";
import { ansiLines, ansiPieces } from "./ansi";

const ESC = "\u001b[";

test("colours become classes and markup stays text", () => {
  const pieces = ansiPieces(`${ESC}31;1m<b>failed</b>${ESC}0m ok`);
  expect(pieces).toEqual([
    { text: "<b>failed</b>", className: "ansi-bold ansi-red-fg" },
    { text: " ok", className: "" },
  ]);
});

test("a colour goes on in the next line", () => {
  const lines = ansiLines(`a\n${ESC}32mb\nc${ESC}0m\n\nd`);
  expect(lines.map((line) => line.map(({ text }) => text).join(""))).toEqual(["a", "b", "c", "", "d"]);
  expect(lines[2]![0]!.className).toBe("ansi-green-fg");
});

test("nothing is lost but the escapes, and a link is its text", () => {
  const text = `x${ESC}2Jy \u001b]8;;javascript:alert(1)\u0007press\u001b]8;;\u0007 ${ESC}38;2;1;2;3mz`;
  const pieces = ansiPieces(text);
  expect(pieces.map((piece) => piece.text).join("")).toBe("xy press z");
  expect(pieces.at(-1)!.color).toBe("rgb(1 2 3)");
});
