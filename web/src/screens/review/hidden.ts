// Characters that show nothing, or make other text stand where it does not: a reviewer has to see them. Pure.

/** Control characters but the tab, marks of direction and zero width, and what looks like nothing. */
const HIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;
const EACH = new RegExp(`(${HIDDEN.source})`, "u");

export function hasHidden(text: string): boolean {
  return HIDDEN.test(text);
}

/** Every second part is one such character. */
export function hiddenParts(text: string): string[] {
  return text.split(EACH);
}

/** The end of a line as other systems write it is a small sign, everything else its number. */
export function nameOfHidden(char: string): string {
  return char === "\r" ? "↵" : `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
