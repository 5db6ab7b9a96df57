import { expect, test } from "vitest";
import { QUIET, said, settled } from "./live";
import type { Event } from "./wire";

const piece = { run: "r", step: "a", kind: "delta", text: "hel" };

test("pieces add up by step and kind, and a turn makes an end of them", () => {
  const live = [piece, { ...piece, text: "lo" }, { ...piece, step: "b" }].reduce(said, QUIET);
  expect(live).toEqual({ a: { delta: "hello" }, b: { delta: "hel" } });
  expect(settled(live, { kind: "step.turn", step: "a" } as Event)).toEqual({ b: { delta: "hel" } });
  expect(settled(live, { kind: "model.answered", step: "a" } as Event)).toBe(live);
});

test("what is missing is shown to be missing", () => {
  expect(said(said(QUIET, piece), { ...piece, text: "p", dropped: true })).toEqual({ a: { delta: "hel…p" } });
});

test("only the end of a long stream is kept", () => {
  const live = said(said(QUIET, piece), { ...piece, text: "x".repeat(30_000) });
  expect(live["a"]!["delta"]).toHaveLength(20_000);
});
