import { beforeAll, expect, test, vi } from "vitest";

let keys: typeof import("./keys");

beforeAll(async () => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
  keys = await import("./keys");
});

const key = (text: string) => ({ keys: text, words: text, run: () => undefined });
const groups = [
  { name: "page", keys: [key("g i"), key("g r"), key("?"), key("j")] },
  { name: "screen", keys: [key("j"), key("mod+enter")] },
];

test("keys one after the other are one binding, and what does not go on begins anew", () => {
  const first = keys.typed(groups, "", "g");
  expect(first).toEqual({ rest: "g" });
  expect(keys.typed(groups, first.rest, "i").key?.keys).toBe("g i");
  expect(keys.typed(groups, first.rest, "?").key?.keys).toBe("?");
  expect(keys.typed(groups, first.rest, "x")).toEqual({ rest: "" });
});

test("the screen's own binding goes before the page's", () => {
  expect(keys.typed(groups, "", "j").key).toBe(groups[1]!.keys[0]);
});

test("a key is named as bindings write it", () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false };
  expect(keys.nameOf({ ...plain, key: "?" })).toBe("?");
  expect(keys.nameOf({ ...plain, key: "K", metaKey: true })).toBe("mod+k");
  expect(keys.nameOf({ ...plain, key: "Shift" })).toBe("");
  expect(keys.nameOf({ ...plain, key: "j", altKey: true })).toBe("");
});
