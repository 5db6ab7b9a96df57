// Filters somebody has given a name, kept in this browser.

import { createStore } from "zustand/vanilla";
import { runsSearch, type RunsSearch } from "./search";

export interface View {
  name: string;
  search: RunsSearch;
  /** Shown beside the list, and as a tile on the dashboard. */
  pinned: boolean;
}

const KEY = "mycoder.views";
const MOST = 50;

export function readViews(text: string | null): View[] {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(value) ? value.flatMap(asView).slice(0, MOST) : [];
  } catch {
    return []; // somebody else's, or cut off: as good as none
  }
}

function asView(value: unknown): View[] {
  const { name, search, pinned } = (value ?? {}) as Partial<View>;
  if (typeof name !== "string" || !name || typeof search !== "object" || !search) return [];
  return [{ name, search: runsSearch({ ...search }), pinned: pinned === true }];
}

/** One of the same name is replaced, in its place. */
export function withView(views: readonly View[], view: View): View[] {
  const others = views.some(({ name }) => name === view.name);
  return others ? views.map((one) => (one.name === view.name ? view : one)) : [...views, view].slice(-MOST);
}

export const views = createStore<View[]>(() => readViews(globalThis.localStorage?.getItem(KEY) ?? null));

views.subscribe((now) => localStorage.setItem(KEY, JSON.stringify(now)));

export function saveView(view: View): void {
  views.setState((now) => withView(now, view), true);
}

export function dropView(name: string): void {
  views.setState((now) => now.filter((view) => view.name !== name), true);
}
