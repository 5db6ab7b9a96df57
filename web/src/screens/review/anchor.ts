// A place in a diff or a file as a link names it: `#src/a.py:L12`, `#src/a.py:L12-L15`, `#src/a.py:O3` (the old side),
// `#src/a.py`. Pure.

export type Side = "old" | "new";

export interface Anchor {
  path: string;
  side: Side;
  /** 0: the file as a whole. */
  first: number;
  last: number;
}

const PLACE = /^(.*):([LO])(\d{1,9})(?:-[LO]?(\d{1,9}))?$/s;

export function parseAnchor(hash: string): Anchor | null {
  const text = decoded(hash.replace(/^#/, ""));
  if (!text) return null;
  const found = PLACE.exec(text);
  if (!found) return { path: text, side: "new", first: 0, last: 0 };
  const ends = [Number(found[3]), Number(found[4] ?? found[3])];
  return { path: found[1] ?? "", side: found[2] === "O" ? "old" : "new", first: Math.min(...ends), last: Math.max(...ends) };
}

export function anchorOf({ path, side, first, last }: Anchor): string {
  const name = path.split("/").map(encodeURIComponent).join("/");
  if (!first) return name;
  const mark = side === "old" ? "O" : "L";
  return `${name}:${mark}${first}${last > first ? `-${mark}${last}` : ""}`;
}

/** For a person: `line 12`, `lines 12 to 15`, `old line 3`. */
export function placeWords({ side, first, last }: Anchor): string {
  if (!first) return "the whole file";
  const word = side === "old" ? "old line" : "line";
  return last > first ? `${word}s ${first} to ${last}` : `${word} ${first}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a link typed by hand
  }
}
