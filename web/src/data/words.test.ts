import { expect, test } from "vitest";
import { emptyView } from "./empty";
import { briefly, cost, duration, elapsed, tests } from "./words";

const spent = { calls: 1, input_tokens: 0, output_tokens: 0, cached_tokens: 0, unpriced: 0 };

test("a duration is as exact as a person needs it", () => {
  expect([0.04, 9.96, 42.7, 61, 3723].map(duration)).toEqual(["0.0 s", "10.0 s", "42 s", "1 min 01 s", "1 h 02 min"]);
});

test("a clock that runs behind the server's shows no negative time", () => {
  const line = { ...emptyView("a").detail.run, submitted_at: "2026-01-01T00:00:10Z" };
  expect(elapsed(line, Date.parse("2026-01-01T00:00:00Z"))).toBe("0.0 s");
});

test("an unknown price is not called free", () => {
  expect(cost({ ...spent, cost_usd: 0, known_usd: 0 })).toBe("free");
  expect(cost({ ...spent, cost_usd: null, known_usd: 0 })).toBe("unpriced");
  expect(cost({ ...spent, cost_usd: null, known_usd: 1.5 })).toBe("over $1.50");
  expect(cost({ ...spent, cost_usd: 0.0123, known_usd: 0.0123 })).toBe("$0.0123");
});

test("skipped tests are not counted as tests that should pass", () => {
  const counts = { passed: 3, failed: 0, error: 0, skipped: 2, timeout: 0, crashed: 0, total: 5 };
  expect(tests(counts)).toBe("3 of 3 pass");
  expect(tests(null)).toBe("");
});

test("the arguments of a call fit one line, malformed or not", () => {
  expect(briefly('{"command": "ls\\n  -l", "timeout_s": 5}')).toBe("ls -l");
  expect(briefly("{not json")).toBe("{not json");
  expect(briefly(JSON.stringify({ text: "x".repeat(200) }))).toHaveLength(90);
});
