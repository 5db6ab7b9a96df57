import "./runs.css";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { Screen } from "../../app/Screen";
import { useStore } from "../../data/store";
import type { RunLine } from "../../data/wire";
import { isOver } from "../../data/words";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { useNow } from "../../ui/useNow";
import { BulkBar } from "./BulkBar";
import { FilterBar } from "./FilterBar";
import { isFiltered } from "./filters";
import { FirstRun } from "./FirstRun";
import { grouped } from "./groups";
import { RunGroup } from "./RunGroup";
import type { RunsSearch } from "./search";
import { usePicked } from "./usePicked";
import { useRowKeys } from "./useRowKeys";
import { useRunList, type RunList } from "./useRunList";
import { Views } from "./Views";

const route = getRouteApi("/");

export function RunsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useRunList(search);
  const problem = useStore((state) => state.problems.runs);
  const change = (next: RunsSearch) => void navigate({ search: next, replace: true });
  const first = list.lines?.length === 0 && !isFiltered(search);
  return (
    <Screen title="Runs" actions={<NewRun />}>
      {!first && <Views search={search} />}
      {!first && <FilterBar search={search} facets={list.facets} onChange={change} />}
      <Problem problem={list.lines ? problem : (list.problem ?? problem)} onRetry={list.problem ? list.again : undefined} />
      {!list.lines && !list.problem && <Skeleton lines={6} label="Loading the runs" />}
      {first && <FirstRun />}
      {list.lines?.length === 0 && !first && <NoMatch onClear={() => change({})} />}
      {list.lines && list.lines.length > 0 && <Groups lines={list.lines} list={list} />}
    </Screen>
  );
}

function NewRun() {
  return (
    <Link to="/new" className="button button-main">
      <Icon name="plus" /> New run
    </Link>
  );
}

function NoMatch({ onClear }: { onClear(): void }) {
  return (
    <Empty title="No run passes these filters">
      <p className="quiet">There are runs, but none that all of the filters above let through.</p>
      <Button onClick={onClear}>Clear the filters</Button>
    </Empty>
  );
}

function Groups({ lines, list }: { lines: RunLine[]; list: RunList }) {
  const picked = usePicked();
  const now = useNow(lines.some((line) => !isOver(line)));
  useRowKeys(picked.toggle);
  const groups = grouped(lines);
  return (
    <>
      {groups.map(([group, members]) => (
        <RunGroup
          key={group}
          group={group}
          lines={members}
          open={list.more}
          now={now}
          picked={picked.runs}
          onPick={picked.toggle}
        />
      ))}
      {list.more && <More list={list} left={list.total - lines.length} />}
      <BulkBar
        lines={lines.filter((line) => picked.runs.has(line.run))}
        shown={lines.length}
        onAll={() => picked.set(lines.map((line) => line.run))}
        onNone={() => picked.set([])}
      />
    </>
  );
}

/** Loads the next page as long as it is in view, and when it is pressed. */
function More({ list, left }: { list: RunList; left: number }) {
  const end = useRef<HTMLDivElement>(null);
  const [inView, setInView] = useState(false);
  const { loading, loadMore } = list;
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => setInView(entry?.isIntersecting ?? false), {
      rootMargin: "400px",
    });
    if (end.current) observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (inView && !loading) loadMore();
  }, [inView, loading, left]);
  return (
    <div ref={end}>
      <Button busy={loading} onClick={loadMore}>
        Show more{left > 0 && ` (${left} are left)`}
      </Button>
    </div>
  );
}
