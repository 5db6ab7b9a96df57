// The colours of lines, asked of the worker as they come into view, and kept for as long as the lines are.

import { createStore } from "zustand/vanilla";
import { soon } from "../../data/soon";
import type { Coloured, Wanted } from "./highlight.worker";
import type { Hunk, Line } from "./patch";
import type { Token } from "./tokens";

const MOST_CHARS = 40_000;
const colours = new WeakMap<Line, readonly Token[]>();
const asked = new WeakSet<Hunk>();
const open = new Map<number, (lines: Token[][][]) => void>();
let worker: Worker | null = null;
let last = 0;

/** Grows as answers come, so that who draws lines draws them again. */
export const coloured = createStore<{ count: number }>(() => ({ count: 0 }));
const sayColoured = soon(() => coloured.setState(({ count }) => ({ count: count + 1 })));

export function colourOf(line: Line): readonly Token[] | undefined {
  return colours.get(line);
}

/** Have a hunk coloured, once. Each side is read by itself, as a language knows nothing of both at once. */
export function colourHunk(hunk: Hunk, language: string): void {
  if (!language || asked.has(hunk)) return;
  asked.add(hunk);
  const sides = [hunk.lines.filter(({ kind }) => kind !== "add"), hunk.lines.filter(({ kind }) => kind !== "del")];
  const texts = sides.map((lines) => lines.map(({ text }) => text).join("\n"));
  if (texts.some((text) => text.length > MOST_CHARS)) return;
  ask(language, texts, (found) => {
    sides.forEach((lines, side) => lines.forEach((line, at) => colours.set(line, found[side]?.[at] ?? [])));
    sayColoured();
  });
}

/** The lines of a text in colours; none when it is in no language we know or too long. */
export function colourText(text: string, language: string): Promise<Token[][] | null> {
  if (!language || text.length > 20 * MOST_CHARS) return Promise.resolve(null);
  return new Promise((resolve) => ask(language, [text], (found) => resolve(found[0] ?? null)));
}

function ask(language: string, texts: string[], take: (lines: Token[][][]) => void): void {
  worker ??= start();
  const id = ++last;
  open.set(id, take);
  worker.postMessage({ id, language, texts } satisfies Wanted);
}

function start(): Worker {
  const started = new Worker(new URL("./highlight.worker.ts", import.meta.url), { type: "module" });
  started.addEventListener("message", ({ data }: MessageEvent<Coloured>) => {
    open.get(data.id)?.(data.lines);
    open.delete(data.id);
  });
  return started;
}
