import { expect, test } from "vitest";
import type { Line } from "./patch";
import { isKnown, linesIn, placesOf } from "./wrapping";

test("a wrapped line is as many lines as its text takes", () => {
  expect(linesIn(10, [line("12345678")])).toBe(1);
  expect(linesIn(10, [line("123456789")])).toBe(2);
  expect(linesIn(10, [line(""), line("x".repeat(28))])).toBe(3);
  expect(linesIn(10, [undefined, line("")])).toBe(1);
  expect(linesIn(0, [line("x".repeat(99))])).toBe(1);
});

test("tabs go to the next stop", () => {
  expect(placesOf(line("\tx"))).toBe(5);
  expect(placesOf(line("ab\tx"))).toBe(9);
});

test("what only drawing can tell is said so", () => {
  expect(isKnown([line("漢字")], 2000)).toBe(false);
  expect(isKnown([{ ...line("x"), open: true }], 2000)).toBe(false);
  expect(isKnown([line("x".repeat(2001))], 2000)).toBe(false);
  expect(isKnown([line("plain"), undefined, line("ends otherwise\r")], 2000)).toBe(true);
});

function line(text: string): Line {
  return { kind: "same", old: 1, new: 1, text };
}
