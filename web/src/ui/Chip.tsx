import "./Chip.css";
import type { ReactNode } from "react";

export type Tone = "quiet" | "busy" | "good" | "bad" | "warn" | "held";

interface Props {
  tone?: Tone;
  /** A mark before the words; the words alone must say it all. */
  mark?: string;
  /** Something is going on. */
  lively?: boolean;
  children: ReactNode;
}

export function Chip({ tone = "quiet", mark, lively = false, children }: Props) {
  return (
    <span className={`chip chip-${tone}`}>
      <span className={lively ? "chip-mark chip-lively" : "chip-mark"} aria-hidden="true">
        {mark ?? "●"}
      </span>
      {children}
    </span>
  );
}
