import { expect, test } from "vitest";
import { ansiPieces } from "./ansi";

const ESC = "\u001b[";

test("colours become classes and markup stays text", () => {
  const pieces = ansiPieces(`${ESC}31;1m<b>failed</b>${ESC}0m ok`);
  expect(pieces).toEqual([
    { text: "<b>failed</b>", className: "ansi-bold ansi-red-fg" },
    { text: " ok", className: "" },
  ]);
});

test("nothing is lost but the escapes, and a link is its text", () => {
  const text = `x${ESC}2Jy \u001b]8;;javascript:alert(1)\u0007press\u001b]8;;\u0007 ${ESC}38;2;1;2;3mz`;
  const pieces = ansiPieces(text);
  expect(pieces.map((piece) => piece.text).join("")).toBe("xy press z");
  expect(pieces.at(-1)!.color).toBe("rgb(1 2 3)");
});
