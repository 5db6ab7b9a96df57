import { expect, test } from "vitest";
import { flag, oneOf, parseSearch, stringifySearch, text, whole } from "./params";

test("what is written into an address is read back, and nothing empty is written", () => {
  const search = stringifySearch({ status: "failed,running", text: "a & b", page: 3, all: true, none: "", not: undefined });
  const raw = parseSearch(search);
  expect(text(raw, "status")).toBe("failed,running");
  expect(text(raw, "text")).toBe("a & b");
  expect(whole(raw, "page")).toBe(3);
  expect(flag(raw, "all")).toBe(true);
  expect(Object.keys(raw)).toEqual(["status", "text", "page", "all"]);
  expect(stringifySearch({})).toBe("");
});

test("a value that is not understood is as good as none", () => {
  const raw = parseSearch("?view=graf&page=x");
  expect(oneOf(raw, "view", ["graph", "log"])).toBeUndefined();
  expect(whole(raw, "page")).toBeUndefined();
  expect(flag(raw, "page")).toBeUndefined();
});
