import { useState } from "react";
import type { RunLine } from "../../data/wire";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { BulkDialog } from "./BulkDialog";
import { fits, WORK_WORDS, WORKS, type Work } from "./bulk";

interface Props {
  /** Those picked that the filters still show. */
  lines: RunLine[];
  shown: number;
  onAll(): void;
  onNone(): void;
}

export function BulkBar({ lines, shown, onAll, onNone }: Props) {
  const [work, setWork] = useState<Work | null>(null);
  if (!lines.length) return null;
  return (
    <div className="bulk" role="region" aria-label="Selected runs">
      <b>{plural(lines.length, "run")} selected</b>
      {lines.length < shown && (
        <Button kind="bare" onClick={onAll}>
          Select all {shown} shown
        </Button>
      )}
      {WORKS.map((one) => (
        <Button
          key={one}
          kind={one === "cancel" ? "danger" : "plain"}
          disabled={!lines.some((line) => fits(one, line))}
          onClick={() => setWork(one)}
        >
          {WORK_WORDS[one].verb}…
        </Button>
      ))}
      <Button kind="bare" onClick={onNone}>
        Select none
      </Button>
      {work && <BulkDialog work={work} picked={lines} onClose={() => setWork(null)} />}
    </div>
  );
}
