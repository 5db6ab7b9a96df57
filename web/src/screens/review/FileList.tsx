import { useMemo, useRef, useState } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Input, Select } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { plural } from "../../data/words";
import { STATUS_WORDS, type ReviewFile } from "./files";
import { PlusMinus } from "./PlusMinus";
import { toggled, treeRows, type TreeRow } from "./tree";

interface Props {
  /** Those the filter lets through. */
  files: readonly ReviewFile[];
  total: number;
  /** There are files that are not listed. */
  more: boolean;
  viewed: ReadonlySet<string>;
  commented: ReadonlySet<string>;
  current: string;
  filter: { q: string; status: string };
  onFilter(filter: { q?: string; status?: string }): void;
  onOpen(path: string): void;
}

const STATUSES: [string, string][] = [["", "Any change"], ...Object.entries(STATUS_WORDS)];
const ROW = 28;

export function FileList({ files, total, more, viewed, commented, current, filter, onFilter, onOpen }: Props) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => treeRows(files, closed), [files, closed]);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 });
  const fold = (path: string) => setClosed((before) => toggled(before, path));
  return (
    <section className="review-files" aria-label="Changed files">
      <Input id="review-filter" aria-label="Filter files" placeholder="Filter files  /" value={filter.q} onChange={(event) => onFilter({ q: event.target.value })} />
      <Select aria-label="Kind of change" value={filter.status} options={STATUSES} onPick={(status) => onFilter({ status })} />
      <p className="quiet small" role="status">
        {files.length === total ? plural(total, "file") : `${files.length} of ${plural(total, "file")}`}, {viewed.size} viewed
      </p>
      {more && <p className="quiet small">The run has changed more files than are listed.</p>}
      {!files.length && total > 0 && <p className="quiet small">No changed file matches the filter.</p>}
      <div ref={scroller} className="review-tree">
        <ul className="plain-list" aria-label="Changed files" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map(({ index, start, key }) => (
            <li key={key} aria-setsize={rows.length} aria-posinset={index + 1} style={{ transform: `translateY(${start}px)` }}>
              <Entry row={rows[index] as TreeRow<ReviewFile>} closed={closed} viewed={viewed} commented={commented} current={current} onFold={fold} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

interface EntryProps {
  row: TreeRow<ReviewFile>;
  closed: ReadonlySet<string>;
  viewed: ReadonlySet<string>;
  commented: ReadonlySet<string>;
  current: string;
  onFold(path: string): void;
  onOpen(path: string): void;
}

function Entry({ row, closed, viewed, commented, current, onFold, onOpen }: EntryProps) {
  const indent = { paddingLeft: `${0.4 + row.depth * 0.8}rem` };
  if (row.kind === "directory")
    return (
      <button type="button" className="review-entry" style={indent} aria-expanded={!closed.has(row.path)} onClick={() => onFold(row.path)}>
        <Icon name="right" size={11} />
        <span className="review-entry-name quiet">{row.name}</span>
      </button>
    );
  const { path, change } = row.item;
  return (
    <button type="button" className="review-entry" style={indent} aria-current={path === current || undefined} title={path} onClick={() => onOpen(path)}>
      <span className={`review-letter review-${change.status}`} aria-label={STATUS_WORDS[change.status]} role="img">
        {change.status}
      </span>
      <span className="review-entry-name">{row.name}</span>
      {commented.has(path) && <span role="img" aria-label="has comments">✎</span>}
      {viewed.has(path) && <span role="img" aria-label="viewed">✓</span>}
      <PlusMinus additions={change.additions} deletions={change.deletions} />
    </button>
  );
}
