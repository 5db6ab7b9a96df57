import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { get } from "../../data/api";
import { useStore } from "../../data/store";
import type { RunLine, RunPage } from "../../data/wire";
import { queryOf, shown } from "./filters";
import type { RunsSearch } from "./search";

const PAGE = 100;
const COUNT_AGAIN_MS = 3_000;
const NONE: RunLine[] = [];

export interface RunList {
  /** null until the first answer. */
  lines: RunLine[] | null;
  facets: RunPage["facets"];
  total: number;
  problem: Error | null;
  more: boolean;
  /** The next page is on its way. */
  loading: boolean;
  loadMore(): void;
  again(): void;
}

/** The runs the filters let through: pages from the server, kept up to date by what arrives live. */
export function useRunList(search: RunsSearch): RunList {
  const live = useStore((state) => state.runs);
  const pages = useInfiniteQuery({
    queryKey: ["runs", "pages", search],
    queryFn: ({ pageParam, signal }) =>
      get<RunPage>("/runs", { ...queryOf(search), before: pageParam, limit: PAGE, facets: false }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => (page.more ? page.runs.at(-1)?.run : undefined),
    placeholderData: keepPreviousData,
  });
  const counts = useQuery({
    queryKey: ["runs", "counts", search],
    queryFn: ({ signal }) => get<RunPage>("/runs", { ...queryOf(search), limit: 1 }, signal),
    placeholderData: keepPreviousData,
  });
  useCountingAgain(live);
  const { data, hasNextPage } = pages;
  const lines = useMemo(() => {
    if (!data) return null;
    return shown(
      data.pages.flatMap((page) => page.runs),
      live ?? NONE,
      search,
      !hasNextPage,
    );
  }, [data, live, search, hasNextPage]);
  return {
    lines,
    facets: counts.data?.facets ?? {},
    total: counts.data?.total ?? 0,
    problem: pages.error,
    more: hasNextPage,
    loading: pages.isFetchingNextPage,
    loadMore: () => void pages.fetchNextPage(),
    again: () => void pages.refetch(),
  };
}

/** The counts are the server's; they are asked for again when something has changed, but not at every change. */
function useCountingAgain(live: RunLine[] | null): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queries.invalidateQueries({ queryKey: ["runs", "counts"] });
    }, COUNT_AGAIN_MS);
  }, [live, queries]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
