// What the palette offers; the palette itself comes with the first use of it.

import { createStore } from "zustand/vanilla";

export const PROMPT = "Where to, or what to do?";

export interface Action {
  words: string;
  /** Found by these too. */
  also?: string;
  keys?: string;
  run(): void;
}

export interface ActionGroup {
  name: string;
  actions: readonly Action[];
}

/** Put there by the screens that are shown. */
export const offered = createStore<readonly ActionGroup[]>(() => []);

export function offer(group: ActionGroup): () => void {
  offered.setState((groups) => [...groups, group], true);
  return () => offered.setState((groups) => groups.filter((one) => one !== group), true);
}

export const sheets = createStore<{ open: "" | "palette" | "keys" }>(() => ({ open: "" }));
