import type { RefObject } from "react";
import { IconButton } from "../../../ui/IconButton";
import type { RowsHandle } from "../../../ui/Rows";
import type { Way } from "./reader";
import type { LogWindow } from "./window";

interface Props {
  window: LogWindow;
  more(way: Way): void;
  rows: RefObject<RowsHandle | null>;
  /** Whether the end is followed. */
  follows: boolean;
}

/** To the beginning and to the end: of the rows where they reach so far, else of the log. */
export function Ends({ window, more, rows, follows }: Props) {
  return (
    <>
      <IconButton icon="up" label="To the beginning" onClick={() => (window.before ? more("begin") : rows.current?.toStart())} />
      <IconButton
        icon="down"
        label={follows ? "Following the end" : "To the end"}
        aria-pressed={follows}
        onClick={() => (window.after ? more("end") : rows.current?.toEnd())}
      />
    </>
  );
}
