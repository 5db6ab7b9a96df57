import { useEffect, useRef } from "react";
import { bind, bound, nameOf, typed, type Key } from "./keys";

const NEXT_WITHIN_MS = 1_200;

/** Binds keys while the component is shown. They may change from one drawing to the next. */
export function useKeys(name: string, keys: readonly Key[]): void {
  const now = useRef(keys);
  useEffect(() => {
    now.current = keys;
  });
  const shape = keys.map((key) => `${key.keys}\t${key.words}`).join("\n");
  useEffect(() => {
    const lasting = now.current.map(({ keys: text, words }, at) => ({
      keys: text,
      words,
      run: () => now.current[at]?.run(),
    }));
    return bind({ name, keys: lasting });
  }, [name, shape]);
}

/** Listens for all of them; once, around every screen. */
export function useKeyboard(): void {
  useEffect(() => {
    let before = "";
    let beforeAt = 0;
    function press(event: KeyboardEvent) {
      const name = event.defaultPrevented ? "" : nameOf(event);
      const { groups, letters } = bound.getState();
      const alone = !name.startsWith("mod+");
      if (!name || isModal() || (alone && (!letters || isForText(event)))) return;
      // When it was pressed, which a busy page may learn much later.
      const soon = event.timeStamp - beforeAt <= NEXT_WITHIN_MS;
      const { key, rest } = typed(groups, soon ? before : "", name);
      before = rest;
      beforeAt = event.timeStamp;
      if (!key) return;
      event.preventDefault();
      key.run();
    }
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function isModal(): boolean {
  return document.querySelector("dialog[open], [popover]:popover-open") !== null;
}

/** Where letters are typed, even inside of a shadow root. */
function isForText(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}
