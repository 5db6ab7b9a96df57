import { expect, test } from "vitest";
import { holds, read, words, written } from "./values";

test.each([
  [true, "true"],
  [4, "4"],
  ["offline/repair", "offline/repair"],
  [["a", "b"], "a, b"],
  [{ m: [1, 2] }, '{"m":[1,2]}'],
])("%j is written and read back", (value, text) => {
  expect(written(value)).toBe(text);
  expect(read(text, value)).toEqual(value);
});

test("an empty number is none, and words stay words for the gateway to refuse", () => {
  expect([read("", null), read("12.5", null), read("many", 4)]).toEqual([null, 12.5, "many"]);
});

test("empty values have a name", () => {
  expect([words(""), words([]), words(null), words({})]).toEqual(["(empty)", "(none)", "(empty)", "(none)"]);
});

test("settings are found by name, meaning and source", () => {
  const setting = { name: "slots", about: "Steps one agent worker takes", source: "MYCODER_SLOTS" } as never;
  expect(["slot", "AGENT", "mycoder_", "", "nothing"].map((text) => holds(setting, text))).toEqual([true, true, true, true, false]);
});
