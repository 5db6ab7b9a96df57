// The changed files as the review shows them: what is to be seen, what is to be filtered, what may be said of each. Pure.

import type { FileChange, FilePatch } from "../../data/wire";
import { bytes } from "../../data/units";
import { parsePatch, type Patch } from "./patch";

export interface ReviewFile {
  change: FileChange;
  path: string;
  /** Null as long as it was not read. */
  patch: Patch | null;
  text: string;
  cut: boolean;
}

export const STATUS_WORDS: Record<FileChange["status"], string> = {
  A: "added",
  M: "modified",
  D: "deleted",
  R: "renamed",
  T: "type changed",
};

export function reviewFiles(changes: readonly FileChange[], patches: ReadonlyMap<string, FilePatch>): ReviewFile[] {
  return changes.map((change) => {
    const found = patches.get(change.path);
    return { change, path: change.path, patch: found ? parsePatch(found.patch) : null, text: found?.patch ?? "", cut: found?.cut ?? false };
  });
}

/** Those whose path holds every word, and whose status is among the letters, where any are given. */
export function filtered<Item extends { path: string; change: FileChange }>(items: readonly Item[], text: string, statuses = ""): Item[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter(({ path, change }) => {
    const named = words.every((word) => path.toLowerCase().includes(word) || change.old_path.toLowerCase().includes(word));
    return named && (!statuses || statuses.includes(change.status));
  });
}

/** Another one when the change is another one: a file somebody has viewed is to be viewed again then. */
export function markOf({ change, text }: ReviewFile): string {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return `${change.status} ${change.old_size} ${change.new_size} ${hash}`;
}

/** What stands where lines cannot: one sentence for each thing a person would else wonder about. */
export function notes({ change, patch, cut }: ReviewFile): string[] {
  const said: string[] = [];
  if (change.status === "R" && change.old_path) said.push(`Renamed from ${change.old_path}.`);
  if (change.status === "T") said.push(`Was a ${change.old_kind || "file"}, is a ${change.kind || "file"}.`);
  if (patch?.modes) said.push(`Permissions changed: ${patch.modes}.`);
  if (change.too_large) said.push(`Too large to compare (${sizes(change)}).`);
  else if (change.binary) said.push(`Binary file (${sizes(change)}).`);
  else if (!patch) said.push("The change is not loaded yet: all together is too much at once.");
  else if (!patch.hunks.length && !said.length) said.push("No lines changed.");
  if (cut) said.push("Only the beginning is shown: the change is very long.");
  return said;
}

function sizes({ status, old_size, new_size }: FileChange): string {
  if (status === "A") return bytes(new_size);
  if (status === "D") return bytes(old_size);
  return `${bytes(old_size)} → ${bytes(new_size)}`;
}
