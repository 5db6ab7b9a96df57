import { expect, test } from "vitest";
import { newId } from "./id";

test("an id is what the fleet makes of the same time and the same random bytes", () => {
  const random = Uint8Array.from({ length: 10 }, (_, at) => 200 + at);
  expect(newId(1_790_000_000_123, random)).toBe("01m3250v3vfj68njycsq7czm6h");
});

test("ids sort by time and do not repeat", () => {
  const ids = Array.from({ length: 200 }, (_, at) => newId(1_790_000_000_000 + at));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 200 }, () => newId(1))).size).toBe(200);
});
