import type { ReactNode } from "react";
import type { Anchor } from "./anchor";
import { colourOf } from "./colours";
import { DiffLine, HunkHead } from "./DiffLine";
import type { ReviewFile } from "./files";
import { hunkOf, lineOn, type Row } from "./rows";
import { sidesOf } from "./sizes";

interface Drawn {
  cursor: boolean;
  split: boolean;
  picked: Anchor | null;
  fileHead(file: ReviewFile): ReactNode;
  remark(row: Row): ReactNode;
}

/** What stands in a row, whichever kind it is of. */
export function drawRow(files: readonly ReviewFile[], row: Row, { cursor, split, picked, fileHead, remark }: Drawn): ReactNode {
  const file = files[row.file] as ReviewFile;
  if (row.type === "line") {
    const [old, fresh] = sidesOf(file, row);
    return (
      <DiffLine
        left={old}
        right={fresh}
        leftColours={old && colourOf(old)}
        rightColours={fresh && colourOf(fresh)}
        split={split}
        cursor={cursor}
        picked={picked?.path === file.path && isPicked(file, row, picked)}
      />
    );
  }
  if (row.type === "hunk") return <HunkHead hunk={hunkOf(file, row)} cursor={cursor} />;
  const className = `diff-${row.type}${cursor ? " diff-cursor" : ""}`;
  return (
    <div role="gridcell" className={className}>
      {row.type === "file" ? fileHead(file) : row.type === "note" ? row.text : remark(row)}
    </div>
  );
}

function isPicked(file: ReviewFile, row: Row, { side, first, last }: Anchor): boolean {
  const number = lineOn(file, row, side)?.[side] ?? 0;
  return number > 0 && number >= first && number <= last;
}
