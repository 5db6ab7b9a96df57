import type { Link } from "../data/socket";
import { useStore } from "../data/store";
import { Chip, type Tone } from "../ui/Chip";

const LOOKS: Record<Link, [tone: Tone, words: string]> = {
  connecting: ["quiet", "Connecting…"],
  live: ["good", "Live"],
  behind: ["busy", "Catching up…"],
  lost: ["warn", "Reconnecting…"],
  refused: ["bad", "Not let in"],
};

/** Whether what is on the page is up to date. */
export function LinkChip() {
  const link = useStore((state) => state.link);
  const [tone, words] = LOOKS[link];
  return (
    <>
      <span role="status" aria-label="Connection">
        <Chip tone={tone} lively={link === "lost" || link === "behind"}>
          {words}
        </Chip>
      </span>
      {link === "refused" && <a href="/">Sign in</a>}
    </>
  );
}
