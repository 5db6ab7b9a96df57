import { useKeys } from "../../app/useKeys";
import type { Row } from "./rows";

export interface Actions {
  move(step: 1 | -1, wanted: (row: Row) => boolean, extend?: boolean): void;
  view(): void;
  comment(): void;
  fold(): void;
  filter(): void;
}

export const isLine = (row: Row) => row.type === "line" || row.type === "file";
const isFile = (row: Row) => row.type === "file";
const isHunk = (row: Row) => row.type === "hunk";

/** The arrow keys are the diff's own, where it has the focus. */
export function useReviewKeys({ move, view, comment, fold, filter }: Actions): void {
  useKeys("Review", [
    { keys: "j", words: "Next file", run: () => move(1, isFile) },
    { keys: "k", words: "File before", run: () => move(-1, isFile) },
    { keys: "n", words: "Next change", run: () => move(1, isHunk) },
    { keys: "p", words: "Change before", run: () => move(-1, isHunk) },
    { keys: "c", words: "Comment on the picked lines (↑ ↓ pick them, with Shift several)", run: comment },
    { keys: "v", words: "Mark the file as viewed, or not", run: view },
    { keys: "o", words: "Fold the file, or open it", run: fold },
    { keys: "/", words: "Filter the files", run: filter },
  ]);
}
