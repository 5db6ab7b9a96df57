import "./memory.css";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { Screen } from "../../app/Screen";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { useItems } from "./data";
import { EditItem } from "./EditItem";
import { Filters } from "./Filters";
import { ItemDialog } from "./ItemDialog";
import { ItemList } from "./ItemList";
import { readName, type MemorySearch } from "./search";

const route = getRouteApi("/memory");

export function MemoryScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: Partial<MemorySearch>) => void navigate({ search: (now) => ({ ...now, ...part }), replace: !part.item });
  const list = useItems(search);
  const [adding, setAdding] = useState(false);
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const open = readName(search.item);
  return (
    <Screen
      title="Memory"
      actions={
        <Button kind="main" onClick={() => setAdding(true)}>
          Keep something
        </Button>
      }
    >
      <div className="stack">
        <p className="quiet">
          What the fleet keeps between runs, and what it learned from them. What agents took from the output of tools
          waits for approval before everybody gets it.
        </p>
        <Filters search={search} onChange={change} />
        <Problem problem={list.error} onRetry={() => void list.refetch()} />
        {list.isPending && <Skeleton lines={5} />}
        {list.data && !items.length && <Nothing search={search} />}
        {items.length > 0 && <ItemList items={items} onOpen={(item) => change({ item })} />}
        {list.hasNextPage && (
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        )}
      </div>
      {open && <ItemDialog name={open} onClose={() => change({ item: undefined })} />}
      {adding && <EditItem onClose={() => setAdding(false)} />}
    </Screen>
  );
}

function Nothing({ search: { text, scope, tag, waiting } }: { search: MemorySearch }) {
  if (waiting) {
    return (
      <Empty title="Nothing waits for approval">
        <p className="quiet">What agents want everybody to know, from sources that are not trusted, would wait here.</p>
      </Empty>
    );
  }
  if (text || scope || tag) {
    return (
      <Empty title="Nothing fits">
        <p className="quiet">Take a filter away, or search for words that begin alike: build*</p>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing is kept yet">
      <p className="quiet">Lessons come by themselves when runs end. You can keep notes for every run of a project, too.</p>
    </Empty>
  );
}
