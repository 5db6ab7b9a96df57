import { expect, test } from "vitest";
import type { OpenQuestion, Question } from "../../../data/wire";
import { pretty, readable, saysAll } from "../step/args";
import { choicesFor } from "./answers";

function open(kind: Question["kind"]): OpenQuestion {
  const question = { id: "q1", kind, text: "?", tool: "bash", arguments: "{}", risks: [] };
  return { run: "r1", step: "a", question, since: "", task: "" };
}

test("an approval is given, or denied with what was written", () => {
  const [yes, no] = choicesFor(open("approval"), " only this once ", null);
  expect(yes!.wanted).toEqual({ what: "approve", run: "r1", question: "q1", text: "only this once" });
  expect(no!.wanted).toEqual({ what: "deny", run: "r1", question: "q1", text: "only this once" });
  expect(no!.words).toBe("Deny, and say so");
});

test("a changed call goes back with the change; it is never carried out as something else", () => {
  const [changed, no] = choicesFor(open("approval"), "be careful", "ls -l");
  expect(changed!.wanted).toEqual({ what: "deny", run: "r1", question: "q1", text: "Do it like this instead:\nls -l\n\nbe careful" });
  expect(no!.words).toBe("Deny, and say so");
  expect(choicesFor(open("approval"), "", " ")[0]!.wanted).toBeNull();
});

test("a question needs words, a pause needs none", () => {
  expect(choicesFor(open("question"), "", null)).toMatchObject([{ wanted: null }]);
  expect(choicesFor(open("question"), "the sum", null)).toMatchObject([{ wanted: { what: "approve", text: "the sum" } }]);
  expect(choicesFor(open("paused"), "", null)).toMatchObject([{ wanted: { what: "resume", run: "r1" } }]);
});

test("arguments are read as the command they are, as fields, or as they were written", () => {
  expect(readable('{"command": "ls"}')).toBe("ls");
  expect(readable('{"path": "a", "n": 2}')).toBe("path: a\nn: 2");
  expect(readable("{not json")).toBe("{not json");
  expect(pretty("[1]")).toBe("[1]");
  expect(saysAll("ls", '{"command": "ls"}')).toBe(true);
  expect(saysAll("ls · /", '{"command": "ls", "path": "/"}')).toBe(false);
});
