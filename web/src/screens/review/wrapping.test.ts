import { expect, test } from "vitest";
import type { Line } from "./patch";
import { heightIn, isKnown, LINE_HEIGHT, placesOf } from "./wrapping";

test("a wrapped line is as many lines high as its text takes", () => {
  expect(heightIn(10, [line("12345678")])).toBe(LINE_HEIGHT);
  expect(heightIn(10, [line("123456789")])).toBe(2 * LINE_HEIGHT);
  expect(heightIn(10, [line(""), line("x".repeat(28))])).toBe(3 * LINE_HEIGHT);
  expect(heightIn(10, [undefined, line("")])).toBe(LINE_HEIGHT);
  expect(heightIn(0, [line("x".repeat(99))])).toBe(LINE_HEIGHT);
});

test("tabs go to the next stop", () => {
  expect(placesOf(line("\tx"))).toBe(5);
  expect(placesOf(line("ab\tx"))).toBe(9);
});

test("what only drawing can tell is said so", () => {
  expect(isKnown([line("漢字")], 2000)).toBe(false);
  expect(isKnown([{ ...line("x"), open: true }], 2000)).toBe(false);
  expect(isKnown([line("x".repeat(2001))], 2000)).toBe(false);
  expect(isKnown([line("plain"), undefined], 2000)).toBe(true);
});

function line(text: string): Line {
  return { kind: "same", old: 1, new: 1, text };
}
