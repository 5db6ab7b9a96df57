import { expect, test } from "vitest";
import type { CheckpointLine, Checkpoints } from "../../data/wire";
import { choices, presetsOf } from "./presets";
import { statesOf } from "./search";

test("offers what the run has checkpoints for", () => {
  expect(presetsOf(of([line("base", "base", "t0")]))).toEqual([{ words: "The whole run", from: "base", to: "newest" }]);
  const whole = of([
    line("base", "base", "t0"),
    line("start:main", "start", "t0", "main"),
    line("turn:main:1", "turn", "t0", "main"),
    line("turn:main:2", "turn", "t1", "main"),
    line("turn:main:3", "turn", "t2", "main"),
    line("turn:main:4", "turn", "t2", "main"),
    line("step:main", "step", "t2", "main"),
    line("result", "result", "t2"),
  ]);
  expect(presetsOf(whole).map(({ from, to }) => `${from}..${to}`)).toEqual([
    "base..newest",
    "start:main..newest",
    "start:main..step:main",
    "turn:main:2..newest",
  ]);
});

test("lists every checkpoint once, the newest first", () => {
  const found = choices(of([line("base", "base", "t0"), line("turn:a:1", "turn", "t1", "a"), line("turn:a:1", "turn", "t2", "a")]));
  expect(found.map(([name]) => name)).toEqual(["newest", "turn:a:1", "base"]);
});

test("a step stands for what it did, unless two states are named", () => {
  expect(statesOf({})).toEqual({ from: "base", to: "newest" });
  expect(statesOf({ step: "a" })).toEqual({ from: "start:a", to: "step:a" });
  expect(statesOf({ step: "a", from: "base" })).toEqual({ from: "base", to: "step:a" });
});

function of(checkpoints: CheckpointLine[]): Checkpoints {
  return { run: "r", checkpoints, newest: checkpoints.at(-1)?.name ?? "", finished: false };
}

function line(name: string, kind: CheckpointLine["kind"], tree: string, step = ""): CheckpointLine {
  return { name, kind, tree, step, commit: `${name}-commit`, attempt: 1, turn: 0, at: "", label: name };
}
