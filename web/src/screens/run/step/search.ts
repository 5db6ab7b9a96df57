// Whether an item of a conversation holds a text. Pure.

import type { Item } from "./conversation";

const texts = new WeakMap<Item, string>();

export function holds(item: Item, looked: string): boolean {
  if (!looked) return true;
  let text = texts.get(item);
  if (text === undefined) {
    text = JSON.stringify(item).toLowerCase();
    texts.set(item, text);
  }
  return text.includes(looked.toLowerCase());
}
