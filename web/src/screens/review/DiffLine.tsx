import { memo } from "react";
import { hasHidden, hiddenParts, nameOfHidden } from "./hidden";
import type { Hunk, Line } from "./patch";
import type { Token } from "./tokens";

interface Props {
  /** The same line twice when the sides are not apart. */
  left: Line | undefined;
  right: Line | undefined;
  leftColours: readonly Token[] | undefined;
  rightColours: readonly Token[] | undefined;
  /** The sides are apart. */
  split: boolean;
  cursor: boolean;
  picked: boolean;
}

/** What is longer is not text somebody wrote. */
export const MOST_CHARS = 2_000;
const MARKS: Record<Line["kind"], string> = { add: "+", del: "−", same: " " };

export const DiffLine = memo(function DiffLine({ left, right, leftColours, rightColours, split, cursor, picked }: Props) {
  const state = `${cursor ? " diff-cursor" : ""}${picked ? " diff-picked" : ""}`;
  if (left && left === right && !split) return <OneLine line={left} colours={leftColours} state={state} />;
  return (
    <div className={`diff-line${state}`} role="presentation">
      <Half line={left} side="old" colours={leftColours} />
      <Half line={right} side="new" colours={rightColours} />
    </div>
  );
});

function OneLine({ line, colours, state }: { line: Line; colours: readonly Token[] | undefined; state: string }) {
  const side = line.kind === "del" ? "old" : "new";
  return (
    <div className={`diff-line diff-${line.kind}${state}`} role="presentation">
      <LineNumber number={line.old} side={line.kind === "add" ? "new" : "old"} />
      <LineNumber number={line.new} side={side} />
      <Code line={line} colours={colours} />
    </div>
  );
}

function Half({ line, side, colours }: { line: Line | undefined; side: "old" | "new"; colours: readonly Token[] | undefined }) {
  if (!line) return <span role="gridcell" className="diff-none" />;
  return (
    <span className={`diff-half diff-${line.kind}`} role="presentation">
      <LineNumber number={line[side]} side={side} />
      <Code line={line} colours={colours} />
    </span>
  );
}

function LineNumber({ number, side }: { number: number; side: "old" | "new" }) {
  return (
    <span role="gridcell" className="diff-number" data-side={side}>
      {number || ""}
    </span>
  );
}

function Code({ line, colours }: { line: Line; colours: readonly Token[] | undefined }) {
  const left = line.text.length - MOST_CHARS;
  return (
    <span role="gridcell" className="diff-code">
      <span className="diff-mark">{MARKS[line.kind]}</span>
      {left > 0 ? <Seen text={line.text.slice(0, MOST_CHARS)} /> : <Coloured text={line.text} tokens={colours} />}
      {left > 0 && <span className="diff-left">… {left} more characters</span>}
      {line.open && <span className="diff-left">no line end</span>}
    </span>
  );
}

export function Coloured({ text, tokens }: { text: string; tokens: readonly Token[] | undefined }) {
  if (!tokens?.length) return <Seen text={text} />;
  return tokens.map(([name, part], at) => (
    <span key={at} className={name || undefined}>
      <Seen text={part} />
    </span>
  ));
}

/** The text, with what would not be seen made visible. */
function Seen({ text }: { text: string }) {
  if (!hasHidden(text)) return text;
  return hiddenParts(text).map((part, at) =>
    at % 2 ? (
      <span key={at} className={part === "\r" ? "diff-return" : "diff-hidden"} title={nameOfHidden(part)}>
        {nameOfHidden(part)}
      </span>
    ) : (
      part
    ),
  );
}

export const HunkHead = memo(function HunkHead({ hunk, cursor }: { hunk: Hunk | undefined; cursor: boolean }) {
  return (
    <div role="gridcell" className={cursor ? "diff-hunk diff-cursor" : "diff-hunk"}>
      <span className="diff-hunk-place">line {hunk?.newStart || hunk?.oldStart}</span>
      {hunk?.within && <code>{hunk.within}</code>}
    </div>
  );
});
