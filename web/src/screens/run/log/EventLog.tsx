import "./log.css";
import { useCallback, useDeferredValue, useRef, useState } from "react";
import type { RunDetail } from "../../../data/wire";
import { plural } from "../../../data/words";
import { Button } from "../../../ui/Button";
import { Empty } from "../../../ui/Empty";
import { Problem } from "../../../ui/Problem";
import { Rows, type RowsHandle } from "../../../ui/Rows";
import { Skeleton } from "../../../ui/Skeleton";
import { toast } from "../../../ui/toast";
import { grouped } from "../grouped";
import { useGo, useSearch } from "../route";
import { filtersOf, withFilters } from "../search";
import { Ends } from "./Ends";
import { EventRow } from "./EventRow";
import { FilterBar } from "./FilterBar";
import { type Filters, isFiltered } from "./filters";
import { useLog } from "./useLog";

const ROW_PX = 30;

/** The whole log of the run, from its end, as far back as somebody scrolls. */
export default function EventLog({ detail }: { detail: RunDetail }) {
  const search = useSearch();
  const go = useGo();
  const filters = useDeferredValue(filtersOf(search));
  const [around] = useState(search.event ?? 0);
  const { window, reading, problem, ready, origin, more } = useLog(detail.run.run, filters, around);
  const { events } = window;
  const [follows, setFollows] = useState(true);
  const rows = useRef<RowsHandle>(null);
  const onStart = useCallback(() => more("before"), [more]);
  const onEnd = useCallback(() => more("after"), [more]);
  const onPick = useCallback((seq: number | undefined) => go({ event: seq }, true), [go]);
  const set = (next: Filters) => go(withFilters(next), true);
  function copy() {
    const lines = events.map((event) => JSON.stringify(event)).join("\n");
    navigator.clipboard.writeText(`${lines}\n`).then(
      () => toast(`${plural(events.length, "event")} copied as JSON lines`, "good"),
      () => toast("The browser did not allow copying", "bad"),
    );
  }
  return (
    <section className="log" aria-label="Event log">
      <FilterBar filters={filtersOf(search)} steps={detail.steps} onChange={set} />
      <div className="row-of log-bar">
        <span className="quiet small numbers" role="status">
          {counted(events.length, window.total, isFiltered(filters), !!reading)}
        </span>
        <span className="row-of">
          <Button kind="bare" onClick={copy} disabled={!events.length}>
            Copy as JSON lines
          </Button>
          <Ends window={window} more={more} rows={rows} follows={follows} />
        </span>
      </div>
      <Problem problem={problem} onRetry={() => more(ready ? "before" : "end")} />
      {!ready && !problem && events.length === 0 && <Skeleton lines={8} label="Reading the log" />}
      {ready && events.length === 0 && !reading && (
        <Empty title="No event matches">
          <p className="quiet">
            {window.before || window.after
              ? "Nothing in the part that was looked through."
              : `The filters let none of about ${grouped(window.total)} events through.`}
          </p>
          {window.before && <Button onClick={() => more("before")}>Look further back</Button>}
        </Empty>
      )}
      {events.length > 0 && (
        <Rows
          key={`${JSON.stringify(filters)} ${origin.count}`}
          className="log-rows"
          label="Events"
          handle={rows}
          count={events.length}
          keyOf={(index) => events[index]!.seq}
          estimate={ROW_PX}
          beginAt={origin.way === "begin" ? 0 : events.findIndex(({ seq }) => seq === around)}
          onStart={onStart}
          onEnd={onEnd}
          isEnd={!window.after}
          onFollow={setFollows}
          row={(index) => (
            <EventRow
              event={events[index]!}
              before={events[index - 1]?.time}
              open={search.event === events[index]!.seq}
              onPick={onPick}
            />
          )}
        />
      )}
    </section>
  );
}

function counted(shown: number, total: number, filtered: boolean, reading: boolean): string {
  const all = `about ${grouped(total)} in the log`;
  const now = reading ? " · reading…" : "";
  return `${grouped(shown)} ${filtered ? "match so far" : "loaded"}, ${all}${now}`;
}
