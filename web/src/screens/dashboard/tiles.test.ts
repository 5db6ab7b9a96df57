import { expect, test } from "vitest";
import { KINDS, moved, read, STANDARD, toggled } from "./tiles";

test("moving there and back changes nothing", () => {
  for (const kind of STANDARD.slice(1)) expect(moved(moved(STANDARD, kind, -1), kind, 1)).toEqual(STANDARD);
});

test("nothing moves past an edge", () => {
  expect(moved(STANDARD, STANDARD[0]!, -1)).toEqual(STANDARD);
  expect(moved(STANDARD, STANDARD.at(-1)!, 1)).toEqual(STANDARD);
});

test("what is toggled comes last or goes", () => {
  expect(toggled(STANDARD, "dead").at(-1)).toBe("dead");
  expect(toggled(toggled(STANDARD, "dead"), "dead")).toEqual(STANDARD);
});

test("what was kept is read in its order, without what is not known", () => {
  expect(read("newest,needs,colours,newest")).toEqual(["newest", "needs"]);
  expect(read(null)).toEqual(STANDARD);
  expect(read("")).toEqual([]);
  expect(read(KINDS.join(","))).toEqual(KINDS);
});
