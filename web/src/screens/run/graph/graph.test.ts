import { expect, test } from "vitest";
import { attempt, BEGAN, dice, step } from "../testing/make";
import { criticalPath } from "./critical";
import { layoutOf, NODE } from "./layout";
import { walk } from "./walk";

const PLAN = [
  step("add"),
  step("sub"),
  step("lim"),
  step("all", { needs: ["add", "sub", "lim"] }),
  step("look", { needs: ["all"] }),
];

test("a layout depends on the plan alone: states, attempts and times move nothing", () => {
  const before = layoutOf(PLAN);
  const later = PLAN.map((one) => ({ ...one, state: "done" as const, attempt: 3, turns: 9 }));
  expect(layoutOf(later)).toBe(before);
});

test("no two steps of a plan overlap, and a step stands right of what it needs", () => {
  const roll = dice(7);
  for (let round = 0; round < 15; round++) {
    const steps = Array.from({ length: 2 + roll(40) }, (_, at) => {
      const needs = Array.from({ length: at ? roll(3) : 0 }, () => `s${roll(at)}`);
      return step(`s${at}`, { needs: [...new Set(needs)] });
    });
    const { places, edges } = layoutOf(steps);
    const all = [...places.values()];
    for (const [at, a] of all.entries()) {
      for (const b of all.slice(at + 1)) {
        expect(Math.abs(a.x - b.x) >= NODE.width || Math.abs(a.y - b.y) >= NODE.height).toBe(true);
      }
    }
    for (const { from, to } of edges) expect(places.get(to)!.x).toBeGreaterThan(places.get(from)!.x);
  }
});

test("a need that is not in the plan draws nothing", () => {
  expect(layoutOf([step("a", { needs: ["gone"] })]).edges).toEqual([]);
});

test("the arrow keys reach every step, and stay where there is none", () => {
  const layout = layoutOf(PLAN);
  const top = walk(layout, "", "Home");
  expect(walk(layout, top, "ArrowLeft")).toBe(top);
  expect(walk(layout, top, "ArrowRight")).toBe("all");
  expect(walk(layout, "all", "ArrowRight")).toBe("look");
  expect(walk(layout, "look", "End")).toBe("look");
  expect(walk(layoutOf([...PLAN, step("alone")]), "alone", "ArrowRight")).toBe("all");
  const down = [top];
  for (let next = walk(layout, top, "ArrowDown"); next !== down.at(-1); next = walk(layout, next, "ArrowDown")) down.push(next);
  expect(new Set(down)).toEqual(new Set(["add", "sub", "lim"]));
  expect(walk(layout, down.at(-1)!, "ArrowUp")).toBe(down.at(-2));
});

test("the critical path is the chain that took longest", () => {
  const done = (id: string, seconds: number, ...needs: string[]) =>
    step(id, { needs, state: "done", attempts: [attempt(1, 0, seconds)] });
  const steps = [done("add", 5), done("sub", 50), done("all", 3, "add", "sub"), done("alone", 20)];
  expect([...criticalPath(steps, BEGAN)].sort()).toEqual(["all", "sub"]);
});

test("no chain, no critical path; and a circle ends", () => {
  expect(criticalPath([step("a"), step("b")], BEGAN).size).toBe(0);
  expect(criticalPath([step("a", { needs: ["b"] }), step("b", { needs: ["a"] })], BEGAN).size).toBeLessThanOrEqual(2);
});

test("a step that the plan does without is on no critical path", () => {
  const steps = [step("a"), step("b", { needs: ["a"], state: "dropped" }), step("c", { needs: ["a"] })];
  expect([...criticalPath(steps, BEGAN)].sort()).toEqual(["a", "c"]);
});
