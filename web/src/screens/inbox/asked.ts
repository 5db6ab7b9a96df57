// What a question is about, in words, and what the parts of a call are. Pure.

import type { OpenQuestion } from "../../data/wire";

export type Kind = OpenQuestion["question"]["kind"];

export const KIND_WORDS: Record<Kind, string> = {
  question: "Question",
  approval: "Approval",
  plan: "Plan",
  paused: "Paused",
};

/** What is asked, as a sentence: of a plan, its reason alone says too little. */
export function askedOf({ question }: OpenQuestion): string {
  if (question.kind !== "plan") return question.text;
  return `Is this the plan to carry out?${question.text && ` (${question.text})`}`;
}

export function keyOf({ run, question }: OpenQuestion): string {
  return `${run}/${question.id}`;
}

export interface Part {
  name: string;
  text: string;
  /** Shown as a block. */
  long: boolean;
  /** What a change takes away or puts in. */
  side: "" | "old" | "new";
}

const OLD = ["old", "old_str", "old_text", "old_string", "search", "before"];
const NEW = ["new", "new_str", "new_text", "new_string", "replace", "after"];
const SHORT_CHARS = 100;
const SHELL = "bash";

/** The arguments of a call, one part each; as they are when they are no JSON object. */
export function partsOf(args: string, tool: string): Part[] {
  const value = parsed(args);
  if (!value) return args ? [partOf("", args, tool)] : [];
  return Object.entries(value).map(([name, part]) => partOf(name, typeof part === "string" ? part : JSON.stringify(part), tool));
}

function partOf(name: string, text: string, tool: string): Part {
  const side = OLD.includes(name) ? "old" : NEW.includes(name) ? "new" : "";
  const long = side !== "" || (name === "command" && tool === SHELL) || text.includes("\n") || text.length > SHORT_CHARS;
  return { name, text, long, side };
}

type Call = Pick<OpenQuestion["question"], "tool" | "arguments">;

/** What somebody would change about a call: the command of a shell, or all of its arguments. */
export function editable(call: Call): string {
  const value = parsed(call.arguments);
  return shellCommand(call) ?? (value ? JSON.stringify(value, null, 2) : call.arguments);
}

/** The arguments of a call with what somebody made of `editable`; null when they are no JSON object. */
export function changed(call: Call, text: string): string | null {
  if (shellCommand(call) !== null) return text.trim() ? JSON.stringify({ ...parsed(call.arguments), command: text }) : null;
  const value = parsed(text);
  return value && JSON.stringify(value);
}

function shellCommand({ tool, arguments: args }: Call): string | null {
  const command = tool === SHELL ? parsed(args)?.command : null;
  return typeof command === "string" ? command : null;
}

function parsed(args: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(args);
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // what the model wrote is no JSON; it is shown as it is
  }
}

/** The lines a terminal takes instead of the buttons. */
export function commandsOf({ run, question }: OpenQuestion): string[] {
  if (question.kind === "paused") return [`mycoder resume ${run}`];
  if (question.kind === "question") return [`mycoder approve ${run} ${question.id} --message "…"`];
  const approve = `mycoder approve ${run} ${question.id}`;
  const deny = `mycoder deny ${run} ${question.id} --message "…"`;
  return question.kind === "approval" ? [approve, `${approve} --edit '{"…": "…"}'`, deny] : [approve, deny];
}
