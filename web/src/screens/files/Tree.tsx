import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import type { FileEntry } from "../../data/wire";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { bytes } from "../../data/units";
import { STATUS_WORDS } from "../review/files";
import { openRows, type EntryRow } from "./entries";
import { useChanged, useDirectories } from "./useFiles";

interface Props {
  run: string;
  at: string;
  changed: boolean;
  open: ReadonlySet<string>;
  path: string;
  onFold(path: string): void;
  onOpen(path: string): void;
}

const ROW = 28;

export function Tree({ run, at, changed, open, path, onFold, onOpen }: Props) {
  const directories = useMemo(() => ["", ...open], [open]);
  const tree = useDirectories(run, at, changed ? [""] : directories);
  const only = useChanged(run, at, changed);
  const rows: EntryRow[] = changed
    ? (only.data?.entries ?? []).map((entry) => ({ entry: { ...entry, name: entry.path }, depth: 0 }))
    : openRows(tree.listed, open);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 });
  const cut = changed ? only.data?.more : tree.cut;
  return (
    <>
      <Problem problem={changed ? only.error : tree.error} />
      {changed && only.data && !rows.length && <p className="quiet small">The run has changed no file so far.</p>}
      {cut && <p className="quiet small">There are more files than are listed.</p>}
      <div ref={scroller} className="files-tree">
        <ul className="plain-list" aria-label="Files" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map(({ index, start, key }) => {
            const { entry, depth } = rows[index] as EntryRow;
            const isOpen = open.has(entry.path);
            return (
              <li key={key} aria-setsize={rows.length} aria-posinset={index + 1} style={{ transform: `translateY(${start}px)` }}>
                <Entry
                  entry={entry}
                  depth={depth}
                  open={isOpen}
                  current={entry.path === path}
                  onClick={() => (entry.kind === "directory" ? onFold(entry.path) : onOpen(entry.path))}
                />
              </li>
            );
          })}
        </ul>
      </div>
    </>
  );
}

interface EntryProps {
  entry: FileEntry;
  depth: number;
  open: boolean;
  current: boolean;
  onClick(): void;
}

function Entry({ entry, depth, open, current, onClick }: EntryProps) {
  const directory = entry.kind === "directory";
  const gone = entry.changed === "D";
  return (
    <button
      type="button"
      className="review-entry"
      style={{ paddingLeft: `${0.4 + depth * 0.9}rem` }}
      aria-expanded={directory ? open : undefined}
      aria-current={current || undefined}
      disabled={gone}
      title={entry.path}
      onClick={onClick}
    >
      <Icon name={directory ? "right" : "file"} size={12} />
      <span className="review-entry-name">{entry.name}</span>
      {entry.kind === "symlink" && <span className="quiet small">link</span>}
      {entry.kind === "submodule" && <span className="quiet small">submodule</span>}
      {entry.changed && (
        <span className={`review-letter review-${entry.changed}`} role="img" aria-label={STATUS_WORDS[entry.changed]}>
          {entry.changed}
        </span>
      )}
      {entry.kind === "file" && !gone && <span className="quiet small numbers files-size">{bytes(entry.size)}</span>}
    </button>
  );
}
