// A file's patch as git writes it, read into hunks. Pure. What cannot be read is left out, never thrown: the text comes
// from repositories under work.

export interface Line {
  kind: "same" | "add" | "del";
  /** Line numbers, counted from 1; 0 on the side that does not have it. */
  old: number;
  new: number;
  text: string;
  /** The file ends here without a line end. */
  open?: boolean;
}

export interface Hunk {
  oldStart: number;
  newStart: number;
  /** What git found the change to be in, such as a function's head. */
  within: string;
  lines: Line[];
}

export interface Patch {
  hunks: Hunk[];
  /** `100644 → 100755` when the permissions changed. */
  modes: string;
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;
const KINDS: Record<string, Line["kind"]> = { " ": "same", "+": "add", "-": "del" };

export function parsePatch(text: string): Patch {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => HUNK.test(line));
  const head = first < 0 ? lines : lines.slice(0, first);
  return { hunks: first < 0 ? [] : hunks(lines, first), modes: modes(head) };
}

function hunks(lines: string[], first: number): Hunk[] {
  const found: Hunk[] = [];
  for (let at = first; at < lines.length; ) {
    const head = HUNK.exec(lines[at] ?? "");
    if (!head) {
      at += 1;
      continue;
    }
    const hunk = { oldStart: Number(head[1]), newStart: Number(head[3]), within: head[5] ?? "", lines: [] };
    at = body(hunk, lines, at + 1, Number(head[2] ?? 1), Number(head[4] ?? 1));
    found.push(hunk);
  }
  return found;
}

/** Takes the lines the head announced, so that text that looks like a head is still text. The place after them. */
function body(hunk: Hunk, lines: string[], at: number, olds: number, news: number): number {
  let old = hunk.oldStart;
  let fresh = hunk.newStart;
  const [oldEnd, newEnd] = [old + olds, fresh + news];
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const last = hunk.lines.at(-1);
    if (line.startsWith("\\") && last) {
      last.open = true;
      continue;
    }
    const kind = KINDS[line[0] ?? ""];
    if (!kind || (old >= oldEnd && fresh >= newEnd)) break;
    hunk.lines.push({ kind, old: kind === "add" ? 0 : old, new: kind === "del" ? 0 : fresh, text: line.slice(1) });
    if (kind !== "add") old += 1;
    if (kind !== "del") fresh += 1;
  }
  return at;
}

function modes(head: string[]): string {
  const [before, after] = ["old mode ", "new mode "].map((name) =>
    head.find((line) => line.startsWith(name))?.slice(name.length),
  );
  return before && after ? `${before} → ${after}` : "";
}

/** The two sides next to each other: lines taken out stand beside those put in for them. Indexes into `lines`; -1: none. */
export function pairs(lines: readonly Line[]): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < lines.length; ) {
    if (lines[at]?.kind === "same") {
      found.push([at, at]);
      at += 1;
      continue;
    }
    const dels = run(lines, at, "del");
    const adds = run(lines, at + dels, "add");
    for (let n = 0; n < Math.max(dels, adds); n += 1) found.push([n < dels ? at + n : -1, n < adds ? at + dels + n : -1]);
    at += dels + adds;
  }
  return found;
}

function run(lines: readonly Line[], from: number, kind: Line["kind"]): number {
  let end = from;
  while (lines[end]?.kind === kind) end += 1;
  return end - from;
}
