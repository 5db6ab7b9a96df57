import { expect, test } from "vitest";
import { placed } from "./floating";

const view = { width: 360, height: 700 };
const at = (left: number, top: number) => ({ left, top, right: left + 80, bottom: top + 30 });

test("it stands below its button, and above where there is no room below", () => {
  expect(placed(at(20, 100), { width: 200, height: 300 }, view, "start")).toEqual({ top: 134, left: 20 });
  expect(placed(at(20, 660), { width: 200, height: 300 }, view, "start")).toEqual({ top: 356, left: 20 });
});

test("it never leaves the view", () => {
  for (const align of ["start", "end"] as const) {
    for (const [left, top] of [[0, 0], [300, 0], [0, 690], [300, 690], [150, 350]] as const) {
      const place = placed(at(left, top), { width: 200, height: 400 }, view, align);
      expect(place.left).toBeGreaterThanOrEqual(8);
      expect(place.left + 200).toBeLessThanOrEqual(352);
      expect(place.top).toBeGreaterThanOrEqual(8);
      expect(place.top + 400).toBeLessThanOrEqual(692);
    }
  }
});
