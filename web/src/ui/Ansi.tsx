import "./Ansi.css";
import { memo } from "react";
import { ansiPieces, type Piece } from "./ansi";

/** Output of a terminal as real text: it can be selected, searched and read out. */
export const Ansi = memo(function Ansi({ text }: { text: string }) {
  return <Pieces pieces={ansiPieces(text)} />;
});

export function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map(({ text, className, color }, at) =>
    className || color ? (
      <span key={at} className={className} style={color ? { color } : undefined}>
        {text}
      </span>
    ) : (
      text
    ),
  );
}
