import { expect, test } from "vitest";
import { patiently } from "./patiently";

const atOnce = () => Promise.resolve();

test("what fails twice is there at the third try", async () => {
  let tries = 0;
  const load = () => (++tries < 3 ? Promise.reject(new Error("away")) : Promise.resolve("part"));
  expect([await patiently(load, atOnce)(), tries]).toEqual(["part", 3]);
});

test("what stays away fails with its own error", async () => {
  await expect(patiently(() => Promise.reject(new Error("gone")), atOnce)()).rejects.toThrow("gone");
});
