import { Button } from "../../../ui/Button";
import type { Marked } from "./reader";

/** What is pointed at, and how much of the log the bars are made from. */
export function Bar({ marked, words, onMore }: { marked: Marked; words: string; onMore(): void }) {
  const { before, reading } = marked;
  return (
    <div className="time-bar small">
      <span role="status">{words || <span className="quiet">Point at a bar, or use the arrow keys on a row.</span>}</span>
      <span className="quiet">
        {reading ? "Reading the log…" : ""}
        {!reading && before && (
          <Button kind="bare" onClick={onMore}>
            Read earlier events too
          </Button>
        )}
      </span>
    </div>
  );
}
