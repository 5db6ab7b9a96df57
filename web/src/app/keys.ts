// Which keys do what just now, and what a pressed key means. Pure but for the store of the bindings.

import { createStore } from "zustand/vanilla";

export interface Key {
  /** One after the other, as `g i`; `mod` is Ctrl or Command, as `mod+k`. */
  keys: string;
  /** What it does, for the sheet. */
  words: string;
  run(): void;
}

export interface KeyGroup {
  name: string;
  keys: readonly Key[];
}

interface State {
  groups: readonly KeyGroup[];
  /** Keys without Ctrl or Command may be switched off: some people's tools type letters (WCAG 2.1.4). */
  letters: boolean;
}

const LETTERS = "mycoder.keys";

export const bound = createStore<State>(() => ({ groups: [], letters: localStorage.getItem(LETTERS) !== "off" }));

export function bind(group: KeyGroup): () => void {
  bound.setState(({ groups }) => ({ groups: [...groups, group] }));
  return () => bound.setState(({ groups }) => ({ groups: groups.filter((one) => one !== group) }));
}

export function allowLetters(letters: boolean): void {
  localStorage.setItem(LETTERS, letters ? "on" : "off");
  bound.setState({ letters });
}

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">;

/** How a binding would write it; empty for what nobody may bind. */
export function nameOf({ key, ctrlKey, metaKey, altKey }: Pressed): string {
  if (altKey || ["Shift", "Control", "Meta", "Alt", "Dead"].includes(key)) return "";
  return ctrlKey || metaKey ? `mod+${key.toLowerCase()}` : key;
}

export interface Typed {
  /** What it does; undefined: nothing yet. */
  key?: Key;
  /** The beginning of a longer one, to be gone on with. */
  rest: string;
}

/** `before` is what was typed of a longer one. The group that was bound last comes first. */
export function typed(groups: readonly KeyGroup[], before: string, name: string): Typed {
  const all = [...groups].reverse().flatMap((group) => group.keys);
  const tries = before ? [`${before} ${name}`, name] : [name];
  for (const text of tries) {
    const key = all.find(({ keys }) => keys === text);
    if (key) return { key, rest: "" };
    if (all.some(({ keys }) => keys.startsWith(`${text} `))) return { rest: text };
  }
  return { rest: "" };
}
