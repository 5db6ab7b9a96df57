import { ago } from "../data/words";

/** How long ago, with the exact time where it is pointed at. */
export function Time({ at, now }: { at: string; now: number }) {
  if (!at) return null;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {ago(at, now)}
    </time>
  );
}
