import { duration } from "../data/words";

/** From a time to another; to now while there is no other. */
export function Duration({ from, to = "", now }: { from: string; to?: string; now: number }) {
  if (!from) return null;
  const seconds = ((to ? Date.parse(to) : now) - Date.parse(from)) / 1000;
  return <span className="numbers">{duration(seconds)}</span>;
}
