import "./Menu.css";
import { useEffect, type KeyboardEvent, type ReactElement } from "react";
import { useFloating } from "./useFloating";

export interface MenuItem {
  words: string;
  onPick(): void;
  danger?: boolean;
  disabled?: boolean;
  /** It is the one in force. */
  checked?: boolean;
}

interface Props {
  /** One button; the menu opens from it. */
  button: ReactElement;
  label: string;
  items: readonly MenuItem[];
}

export function Menu({ button, label, items }: Props) {
  const { button: tied, open, floating, close } = useFloating(button, "menu", "end");
  useEffect(() => {
    if (open) itemsIn(floating.ref.current)[0]?.focus();
  }, [open, floating.ref]);
  function press(event: KeyboardEvent) {
    if (event.key === "Tab") close();
    if (walk(event.key, itemsIn(floating.ref.current))) event.preventDefault();
  }
  return (
    <>
      {tied}
      <div {...floating} className="menu" role="menu" aria-label={label} onKeyDown={press}>
        {open &&
          items.map((item) => (
            <button
              key={item.words}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={item.danger ? "menu-item menu-danger" : "menu-item"}
              disabled={item.disabled}
              aria-current={item.checked || undefined}
              onClick={() => {
                close();
                item.onPick();
              }}
            >
              {item.words}
            </button>
          ))}
      </div>
    </>
  );
}

function itemsIn(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)") ?? [])];
}

/** As menus do: arrows go round, a letter goes to the next item that begins with it. */
function walk(key: string, items: readonly HTMLElement[]): boolean {
  const at = items.findIndex((item) => item === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[key];
  if (to !== undefined) items.at(to % items.length)?.focus();
  else if (/^\p{L}$/u.test(key)) beginningWith(key, [...items.slice(at + 1), ...items])?.focus();
  else return false;
  return true;
}

function beginningWith(letter: string, items: readonly HTMLElement[]): HTMLElement | undefined {
  return items.find((item) => item.textContent?.toLowerCase().startsWith(letter.toLowerCase()));
}
