import { expect, test } from "vitest";
import { changed, commandsOf, editable, keyOf, partsOf } from "./asked";
import type { OpenQuestion } from "../../data/wire";

const open = (kind: OpenQuestion["question"]["kind"]): OpenQuestion => ({
  run: "r",
  step: "main",
  question: { id: "main-1", kind, text: "?", tool: "", arguments: "", risks: [] },
  since: "",
  task: "",
});

test("a command is shown as a block, and the two sides of a change are told apart", () => {
  expect(partsOf('{"command": "ls", "timeout_s": 5}', "bash")).toEqual([
    { name: "command", text: "ls", long: true, side: "" },
    { name: "timeout_s", text: "5", long: false, side: "" },
  ]);
  expect(partsOf('{"path": "a", "old_str": "x", "new_str": "y"}', "str_replace_editor").map(({ side }) => side)).toEqual(["", "old", "new"]);
});

test("arguments that are no JSON are shown as they are", () => {
  expect(partsOf("{broken", "bash")).toEqual([{ name: "", text: "{broken", long: false, side: "" }]);
  expect(partsOf("", "bash")).toEqual([]);
  expect(editable({ tool: "bash", arguments: "[1]" })).toBe("[1]");
});

test("what is changed begins as what was asked", () => {
  expect(editable({ tool: "bash", arguments: '{"command": "rm -r build"}' })).toBe("rm -r build");
  const edit = { tool: "str_replace_editor", arguments: '{"command": "create", "path": "a"}' };
  expect(JSON.parse(editable(edit))).toEqual({ command: "create", path: "a" });
});

test("a changed command keeps the other arguments, and other calls are changed as a whole", () => {
  const bash = { tool: "bash", arguments: '{"command": "rm -r /", "timeout_s": 5}' };
  expect(JSON.parse(changed(bash, "rm -r build") ?? "")).toEqual({ command: "rm -r build", timeout_s: 5 });
  expect(changed(bash, " ")).toBeNull();
  const edit = { tool: "str_replace_editor", arguments: '{"command": "create", "path": "a"}' };
  expect(changed(edit, '{"command": "view",\n "path": "a"}')).toBe('{"command":"view","path":"a"}');
  expect(changed(edit, "view a")).toBeNull();
  expect(changed(edit, "[1]")).toBeNull();
});

test("every kind has its line for the terminal", () => {
  expect(commandsOf(open("paused"))).toEqual(["mycoder resume r"]);
  expect(commandsOf(open("approval"))).toHaveLength(3);
  expect(commandsOf(open("plan"))).toHaveLength(2);
  expect(keyOf(open("plan"))).toBe("r/main-1");
});
