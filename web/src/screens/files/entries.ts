// The open part of a tree of files, as rows. Pure.

import type { FileEntry } from "../../data/wire";

export interface EntryRow {
  entry: FileEntry;
  depth: number;
}

/** `listed`: what is known of directories; one that is open and not known yet shows nothing so far. */
export function openRows(listed: ReadonlyMap<string, readonly FileEntry[]>, open: ReadonlySet<string>, path = "", depth = 0): EntryRow[] {
  return (listed.get(path) ?? []).flatMap((entry) => {
    const inside = entry.kind === "directory" && open.has(entry.path) ? openRows(listed, open, entry.path, depth + 1) : [];
    return [{ entry, depth }, ...inside];
  });
}

/** The directories a path is in, the top left out. */
export function parentsOf(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, at) => names.slice(0, at + 1).join("/"));
}
