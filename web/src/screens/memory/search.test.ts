import { expect, test } from "vitest";
import { nameOf, readName, SCOPES } from "./search";

test.each(["notes", "a/b", "100 %", "ü & ?", "%"])("the name of an item with the key %j is read back", (key) => {
  for (const scope of SCOPES) {
    const name = { scope, owner: "shop/cart", key, quarantined: scope === "global" };
    expect(readName(nameOf(name))).toEqual(name);
  }
});

test.each([undefined, "", "used", "used/nowhere//k", "used/global//", "%"])("%j names no item", (text) => {
  expect(readName(text)).toBe(null);
});
