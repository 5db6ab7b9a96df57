// What a person has begun here and not sent: it stays in this browser, and all its tabs agree.

import { useCallback, useSyncExternalStore } from "react";

const seen = new Map<string, { text: string | null; value: unknown }>();
const listeners = new Set<() => void>();

/** A value in the browser's own store, and how to change it. Nothing is said when the store is not allowed or full. */
export function useKept<Value>(key: string, empty: Value): [Value, (change: (before: Value) => Value) => void] {
  const value = useSyncExternalStore(listen, () => read(key, empty));
  const write = useCallback(
    (change: (before: Value) => Value) => {
      const next = change(read(key, empty));
      seen.set(key, { text: save(key, next), value: next });
      for (const listener of listeners) listener();
    },
    [key, empty],
  );
  return [value, write];
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** The same object as long as the text is the same; where nothing can be kept, what was written last. */
function read<Value>(key: string, empty: Value): Value {
  const text = load(key);
  const before = seen.get(key);
  if (before && before.text === text) return before.value as Value;
  const value = text === null ? empty : parsed(text, empty);
  seen.set(key, { text, value });
  return value;
}

function parsed<Value>(text: string, empty: Value): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return empty; // another version of the page wrote it
  }
}

function load(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // not allowed here
  }
}

function save(key: string, value: unknown): string | null {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Not allowed here, or full: it holds for as long as the page is open.
  }
  return load(key);
}
