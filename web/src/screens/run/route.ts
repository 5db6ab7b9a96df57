// The address of a run, for its parts: what is selected, and how to select something else.

import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import type { RunSearch } from "./search";

const route = getRouteApi("/runs/$run");

export function useSearch(): RunSearch {
  return route.useSearch();
}

export function useAskedRun(): string {
  return route.useParams().run;
}

/** Changes parts of the address; undefined takes a part out. `replace` leaves no step for the back button. */
export function useGo(): (change: Partial<RunSearch>, replace?: boolean) => void {
  const navigate = route.useNavigate();
  return useCallback(
    (change, replace = false) =>
      void navigate({ search: (before: RunSearch) => ({ ...before, ...change }), replace, resetScroll: false }),
    [navigate],
  );
}
