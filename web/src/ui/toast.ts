// Short messages at the edge of the screen, outside React so that anything may send one.

import { createStore } from "zustand/vanilla";

export interface Toast {
  key: number;
  text: string;
  tone: "plain" | "good" | "bad" | "warn";
  /** Where it leads. */
  to?: string;
}

const SHOWN_MS = 6_000;
const MOST = 4;
let last = 0;

export const toasts = createStore<Toast[]>(() => []);

/** A bad one stays until it is closed. */
export function toast(text: string, tone: Toast["tone"] = "plain", to?: string): void {
  const key = ++last;
  toasts.setState((shown) => [...shown, { key, text, tone, to }].slice(-MOST), true);
  if (tone !== "bad") setTimeout(() => closeToast(key), SHOWN_MS);
}

export function closeToast(key: number): void {
  toasts.setState((shown) => shown.filter((one) => one.key !== key), true);
}
