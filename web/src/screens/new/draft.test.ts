import { expect, test } from "vitest";
import { commandOf, EMPTY, newRunOf, problemsOf, readDraft, type Draft } from "./draft";
import type { Uploaded } from "../../data/wire";

const UPLOADED: Uploaded = { repository: { commit: "c" }, project: "p", roles: ["r"], notes: ["n"], ref: "main", bytes: 9 };
const draft = (change: Partial<Draft>): Draft => ({ ...EMPTY, task: "fix it", ...change });

test("what is empty is left to the fleet, and an upload is repeated", () => {
  expect(newRunOf(draft({}), UPLOADED)).toEqual({
    task: "fix it",
    repository: { commit: "c" },
    project: "p",
    roles: ["r"],
    notes: ["n"],
    approve: "auto",
    policy: {},
    limits: {},
  });
});

test("a run names one repository", () => {
  const run = newRunOf(draft({ source: "clone", url: " https://a/b ", ref: "main", usd: "2.5", turns: "9", max_parallel: "2" }), UPLOADED);
  expect(run).toMatchObject({ clone: { url: "https://a/b", ref: "main" }, limits: { usd: 2.5, turns: 9 }, max_parallel: 2 });
  expect(run.repository).toBeUndefined();
});

test("what is missing or makes no sense is said at its field", () => {
  expect(Object.keys(problemsOf({ ...EMPTY, task: " " }, null))).toEqual(["task", "source"]);
  expect(problemsOf(draft({ source: "clone", url: "file:///etc" }), null).url).toBeTruthy();
  expect(Object.keys(problemsOf(draft({ usd: "-1", turns: "1.5", minutes: "x", max_parallel: "65" }), UPLOADED))).toEqual([
    "usd",
    "minutes",
    "turns",
    "max_parallel",
  ]);
  expect(problemsOf(draft({ usd: "0" }), UPLOADED)).toEqual({});
});

test("the line for a terminal says the same, quoted", () => {
  const line = commandOf(draft({ task: "don't stop", model: "openai/x", approve: "risky", usd: "2", test_command: "a b", install: true }));
  expect(line).toContain("--repo PATH --model openai/x --approve risky --test ");
  expect(line).toContain("--budget-usd 2 --install");
  expect(line).not.toContain("--role");
  expect(commandOf(draft({ source: "clone", url: "https://a/b" }))).toMatch(/^git clone .*https:\/\/a\/b.* repository && mycoder run/);
});

test("a draft outlives a reload, and what is no draft does not", () => {
  const before = draft({ source: "clone", approve: "plan", install: true });
  expect(readDraft(JSON.stringify(before))).toEqual(before);
  expect(readDraft('{"task": 3, "approve": "never"}')).toEqual(EMPTY);
  expect(readDraft("{")).toEqual(EMPTY);
});
