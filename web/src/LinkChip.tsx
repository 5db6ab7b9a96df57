import type { Link } from "./socket";
import { useStore } from "./store";

const WORDS: Record<Link, string> = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Reconnecting…",
  refused: "Not let in",
};

/** Whether what is on the page is up to date. */
export function LinkChip() {
  const link = useStore((state) => state.link);
  return (
    <span role="status" aria-label="Connection" className={`chip link-${link}`}>
      <span className="dot" aria-hidden="true" />
      {WORDS[link]}
    </span>
  );
}
