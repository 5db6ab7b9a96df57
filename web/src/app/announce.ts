// One place that tells screen readers what changed, in short sentences; never a raw stream.

import { createStore } from "zustand/vanilla";

export const announced = createStore<{ text: string; count: number }>(() => ({ text: "", count: 0 }));

export function announce(text: string): void {
  announced.setState(({ count }) => ({ text, count: count + 1 }));
}
