// Which tiles somebody wants to see, in which order; kept in this browser. Pure but for the last two functions.

export const KINDS = ["needs", "status", "success", "spending", "slots", "dead", "newest", "slowest"] as const;
export type Kind = (typeof KINDS)[number];

export const TITLES: Record<Kind, string> = {
  needs: "Needs you",
  status: "Runs by status",
  success: "How runs ended",
  spending: "Spending, last seven days",
  slots: "Slots in use",
  dead: "Dead letters",
  newest: "Newest runs",
  slowest: "Longest at work",
};

export const STANDARD: readonly Kind[] = ["needs", "status", "success", "spending", "slots", "newest"];

/** One place earlier (-1) or later (1); at the edges nothing moves. */
export function moved(tiles: readonly Kind[], kind: Kind, by: -1 | 1): Kind[] {
  const at = tiles.indexOf(kind);
  const to = at + by;
  if (at < 0 || to < 0 || to >= tiles.length) return [...tiles];
  const next = tiles.filter((one) => one !== kind);
  next.splice(to, 0, kind);
  return next;
}

/** Shown at the end, or not at all. */
export function toggled(tiles: readonly Kind[], kind: Kind): Kind[] {
  return tiles.includes(kind) ? tiles.filter((one) => one !== kind) : [...tiles, kind];
}

/** What was kept, without tiles that are gone or there twice; the standard ones when it cannot be read. */
export function read(text: string | null): Kind[] {
  if (text === null) return [...STANDARD];
  const named = text.split(",");
  return KINDS.filter((kind) => named.includes(kind)).sort((a, b) => named.indexOf(a) - named.indexOf(b));
}

const KEY = "mycoder.tiles";

export function load(): Kind[] {
  return read(localStorage.getItem(KEY));
}

export function keep(tiles: readonly Kind[]): void {
  localStorage.setItem(KEY, tiles.join(","));
}
