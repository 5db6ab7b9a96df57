import { expect, test } from "vitest";
import { bytes, count, dollars } from "./units";

test("sizes have two digits and a unit", () => {
  expect([0, 1023, 1024, 50 * 1024 ** 2, 3.4e12].map(bytes)).toEqual(["0 B", "1023 B", "1.0 KiB", "50 MiB", "3.1 TiB"]);
});

test("small money keeps its digits", () => {
  expect([0, 0.0042, 0.1, 12.345].map(dollars)).toEqual(["$0.00", "$0.0042", "$0.10", "$12.35"]);
});

test("large counts are short", () => {
  expect([999, 12_345, 1_234_567].map(count)).toEqual(["999", "12,345", "1.2 M"]);
});
