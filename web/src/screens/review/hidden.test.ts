import { expect, test } from "vitest";
import { hasHidden, hiddenParts, nameOfHidden } from "./hidden";

test("names what hides or turns text around", () => {
  expect(hiddenParts("a\u202eb\u200bc")).toEqual(["a", "\u202e", "b", "\u200b", "c"]);
  expect(["\u202e", "\u2066", "\0", "\ufeff", "\r"].map(nameOfHidden)).toEqual(["U+202E", "U+2066", "U+0000", "U+FEFF", "↵"]);
});

test("leaves every other text as it is", () => {
  for (const text of ["", "plain\ttext", "hällo 漢字 ✓ 👩‍", "«»“”"]) {
    expect(hiddenParts(text).join("")).toBe(text);
    expect(hasHidden("plain\ttext")).toBe(false);
  }
  expect(hasHidden("one\r")).toBe(true);
});
