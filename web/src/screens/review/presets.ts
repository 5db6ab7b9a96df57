// The comparisons a person asks for most, by name, where the run has the checkpoints for them. Pure.

import type { CheckpointLine, Checkpoints } from "../../data/wire";

export interface Preset {
  words: string;
  from: string;
  to: string;
}

export function presetsOf({ checkpoints, newest }: Checkpoints): Preset[] {
  const named = new Set(checkpoints.map(({ name }) => name));
  const last = checkpoints.findLast(({ step }) => step !== "");
  const found: Preset[] = [{ words: "The whole run", from: "base", to: "newest" }];
  if (last && named.has(`start:${last.step}`)) found.push({ words: `Since ${last.step} began`, from: `start:${last.step}`, to: "newest" });
  const steps = checkpoints.filter(({ kind }) => kind === "step");
  for (const { step, name } of steps)
    if (named.has(`start:${step}`)) found.push({ words: `What ${step} did`, from: `start:${step}`, to: name });
  const before = previous(checkpoints, newest);
  if (before) found.push({ words: "The last turn that changed code", from: before.name, to: "newest" });
  return distinct(found);
}

/** The last state before the newest whose code is another one. */
function previous(checkpoints: readonly CheckpointLine[], newest: string): CheckpointLine | undefined {
  const end = checkpoints.findLast(({ name }) => name === newest) ?? checkpoints.at(-1);
  return checkpoints.findLast(({ tree, kind }) => tree !== "" && tree !== end?.tree && kind !== "rewind");
}

function distinct(presets: readonly Preset[]): Preset[] {
  const seen = new Set<string>();
  return presets.filter(({ from, to }) => !seen.has(`${from} ${to}`) && seen.add(`${from} ${to}`));
}

/** Every checkpoint once, the newest first, for a menu; the ends of the run have words of their own. */
export function choices({ checkpoints }: Checkpoints): [name: string, words: string][] {
  const found = new Map<string, string>([["newest", "Newest code"]]);
  for (const { name, label, at } of checkpoints.toReversed()) if (!found.has(name)) found.set(name, at ? `${label} · ${clock(at)}` : label);
  return [...found];
}

function clock(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
