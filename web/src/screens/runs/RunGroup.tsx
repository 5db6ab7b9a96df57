import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";
import type { RunLine } from "../../data/wire";
import { GROUP_WORDS, type Group } from "./groups";
import { RunRow } from "./RunRow";

const ROW_PX = 48;

interface Props {
  group: Group;
  lines: RunLine[];
  /** There are more of them that have not been loaded. */
  open: boolean;
  now: number;
  picked: ReadonlySet<string>;
  onPick(run: string): void;
}

/** Draws only the rows in view; the page itself scrolls. */
export function RunGroup({ group, lines, open, now, picked, onPick }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const place = list.current ? list.current.getBoundingClientRect().top + window.scrollY : 0;
    if (Math.abs(place - top) > 1) setTop(place);
  });
  const rows = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => lines[index]?.run ?? index,
    scrollMargin: top,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const offset = items[0] ? items[0].start - top : 0;
  return (
    <section aria-labelledby={`runs-${group}`} className="runs-group">
      <h2 id={`runs-${group}`}>
        {GROUP_WORDS[group]}{" "}
        <span className="quiet numbers">
          {lines.length}
          {open && "+"}
        </span>
      </h2>
      <div className="runs-list" style={{ height: rows.getTotalSize() }}>
        <ul
          ref={list}
          className="plain-list"
          aria-labelledby={`runs-${group}`}
          style={{ paddingTop: offset }}
        >
          {items.map(({ key, index }) => {
            const line = lines[index];
            if (!line) return null;
            return (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                aria-setsize={open ? -1 : lines.length}
                aria-posinset={index + 1}
              >
                <RunRow line={line} now={now} picked={picked.has(line.run)} onPick={onPick} />
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}
