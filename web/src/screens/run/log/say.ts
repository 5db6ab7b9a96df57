// One line for each event, in plain words. Pure.

import { briefly, FAILURE, plural, tests } from "../../../data/words";
import type { Event, ToolCall } from "../../../data/wire";
import { grouped } from "../grouped";

const LONGEST = 240;

export function say(event: Event): string {
  return line(words(event));
}

function line(text: string): string {
  const flat = text.slice(0, 2 * LONGEST).replace(/\s+/g, " ").trim();
  return flat.length > LONGEST ? `${flat.slice(0, LONGEST - 1)}…` : flat;
}

function words(event: Event): string {
  switch (event.kind) {
    case "run.submitted":
      return `Submitted${by(event.submitted_by)}: ${event.task}`;
    case "run.planned":
      return `Plan ${event.revision}: ${plural(event.steps.length, "step")}${because(event.reason)}`;
    case "run.heard":
      return `${event.accepted ? "Accepted" : "Refused"}: ${event.what || "what was asked"}${because(event.reason)}`;
    case "run.finished":
      return `The run ${event.status}${because(event.failure?.message ?? event.summary)}`;
    case "step.ready":
      return `Ready, round ${event.round}: ${event.spec.goal}`;
    case "step.started":
      return `Attempt ${event.attempt} begins on ${event.worker}`;
    case "step.opened":
      return `Workspace open${event.isolation ? `, confined by ${event.isolation}` : ""}`;
    case "step.turn":
      return `Turn ${event.turn}: ${calls(event) || event.message.content || "nothing said"}`;
    case "step.waiting":
      return `Waits for a person: ${event.question.text}`;
    case "step.steered":
      return `Changed its course (${event.action.replace("_", " ")})${because(event.reason)}`;
    case "step.released":
      return `Attempt ${event.attempt} given back: ${event.reason}`;
    case "step.done":
      return `Done${because(event.summary)}`;
    case "step.failed":
      return `Failed: ${FAILURE[event.failure.code] ?? event.failure.code}. ${event.failure.message}`;
    case "model.answered":
      return `${event.model} answered: ${tokens(event.usage)}`;
    case "evidence.recorded":
      return `Tests on tree ${event.evidence.tree.slice(0, 10)}: ${tests(event.evidence.tests)}`;
    case "ask.cancel":
    case "ask.pause":
      return `${event.kind === "ask.cancel" ? "Stop" : "Pause"} asked${by(event.by)}${because(event.reason)}`;
    case "ask.resume":
      return `Asked to go on${by(event.by)}`;
    case "ask.approve": {
      const changed = event.arguments ? `, changed to ${briefly(event.arguments, 80)}` : "";
      return `Yes to ${event.question}${changed}${by(event.by)}${because(event.text)}`;
    }
    case "ask.deny":
      return `No to ${event.question}${by(event.by)}${because(event.text)}`;
    case "ask.message":
      return `Message${event.when === "after" ? " for the end" : ""}${by(event.by)}: ${event.text}`;
    case "ask.retry":
      return `Asked to try ${event.step} again${by(event.by)}`;
    case "ask.edit":
      return `Edit of plan ${event.revision}${by(event.by)}: ${plural(event.steps.length, "step")}`;
    default:
      return (event as { kind: string }).kind; // an event of a newer fleet
  }
}

function by(name: string): string {
  return name ? ` by ${name}` : "";
}

function because(text: string): string {
  return text ? `: ${text}` : "";
}

function calls(event: Extract<Event, { kind: "step.turn" }>): string {
  const changed = new Map(event.results.map((result) => [result.call, result.arguments]));
  const made = (call: ToolCall) => changed.get(call.id) || call.arguments;
  return (event.message.tool_calls ?? []).map((call) => `${call.name} ${briefly(made(call), 80)}`.trim()).join(" · ");
}

function tokens(usage: Extract<Event, { kind: "model.answered" }>["usage"]): string {
  return `${grouped(usage.input_tokens)} tokens in, ${grouped(usage.output_tokens)} out`;
}
