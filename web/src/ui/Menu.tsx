import "./Menu.css";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

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
  button: ReactNode;
  label: string;
  items: readonly MenuItem[];
}

/** Not modal: a modal one writes <style> elements, which the page's policy forbids. */
export function Menu({ button, label, items }: Props) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{button}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" aria-label={label} align="end" sideOffset={4} collisionPadding={8}>
          {items.map((item) => (
            <DropdownMenu.Item
              key={item.words}
              className={item.danger ? "menu-item menu-danger" : "menu-item"}
              disabled={item.disabled}
              aria-current={item.checked || undefined}
              onSelect={item.onPick}
            >
              {item.words}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
