import { expect, test } from "vitest";
import { firstDay, ordered } from "./search";

const NOON = Date.parse("2026-03-01T12:00:00Z");

test("one day back is today, seven are today and the six before", () => {
  expect([firstDay("1", NOON), firstDay("7", NOON), firstDay(undefined, NOON)]).toEqual(["2026-03-01", "2026-02-23", ""]);
});

test("days are shown in their order", () => {
  const lines = [{ key: "2026-02-02" }, { key: "2026-02-01" }] as never;
  expect(ordered({ by: "day", lines }).map((line) => line.key)).toEqual(["2026-02-01", "2026-02-02"]);
  expect(ordered({ by: "model", lines }).map((line) => line.key)).toEqual(["2026-02-02", "2026-02-01"]);
});
