import { getRouteApi } from "@tanstack/react-router";
import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";
import { AddSide } from "./AddSide";
import { Comparison } from "./Comparison";
import { asSearch, MOST_SIDES, sidesOf, type Side } from "./sides";

const route = getRouteApi("/compare");

export function CompareScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const sides = sidesOf(search);
  const set = (next: readonly Side[], path = search.path) => void navigate({ search: asSearch(next, path), replace: true });
  return (
    <Screen title="Compare" wide>
      {sides.length < MOST_SIDES && <AddSide onAdd={(side) => set([...sides, side])} />}
      {sides.length === 0 && (
        <Empty title="Nothing to compare yet">
          <p className="quiet">Add two to four runs, or mark some in the list of runs.</p>
        </Empty>
      )}
      {sides.length > 0 && (
        <Comparison sides={sides} path={search.path} onPath={(path) => set(sides, path)} onRemove={(at) => set(sides.toSpliced(at, 1))} />
      )}
    </Screen>
  );
}
