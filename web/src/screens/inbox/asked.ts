// What a question is about, in words, and what the parts of a call are. Pure.

import type { OpenQuestion } from "../../data/wire";

export type Kind = OpenQuestion["question"]["kind"];

export const KIND_WORDS: Record<Kind, string> = {
  question: "Question",
  approval: "Approval",
  plan: "Plan",
  paused: "Paused",
};

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

const OLD = ["old", "old_text", "old_string", "search", "before"];
const NEW = ["new", "new_text", "new_string", "replace", "after"];
const SHORT_CHARS = 100;

/** The arguments of a call, one part each; as they are when they are no JSON object. */
export function partsOf(args: string): Part[] {
  const value = parsed(args);
  if (!value) return args ? [partOf("", args)] : [];
  return Object.entries(value).map(([name, part]) => partOf(name, typeof part === "string" ? part : JSON.stringify(part)));
}

function partOf(name: string, text: string): Part {
  const side = OLD.includes(name) ? "old" : NEW.includes(name) ? "new" : "";
  const long = side !== "" || name === "command" || text.includes("\n") || text.length > SHORT_CHARS;
  return { name, text, long, side };
}

/** What somebody would change about a call: its command, or all of its arguments. */
export function editable(args: string): string {
  const value = parsed(args);
  if (!value) return args;
  const { command } = value;
  return typeof command === "string" ? command : JSON.stringify(value, null, 2);
}

/** The instruction a step gets instead of a call somebody has changed. */
export function changed(tool: string, text: string): string {
  return `Do not do it like that. Call ${tool} with this instead:\n${text}`;
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
  return [`mycoder approve ${run} ${question.id}`, `mycoder deny ${run} ${question.id} --message "…"`];
}
