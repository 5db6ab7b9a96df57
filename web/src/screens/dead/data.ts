// Dead letters over HTTP.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, send } from "../../data/api";
import { newId } from "../../data/id";
import type { DeadDetail, DeadPage, DeadResult, DeadWork } from "../../data/wire";
import type { DeadSearch } from "./search";

export type Verb = "replay" | "drop";

export function useLetters({ pool, run, reason }: DeadSearch) {
  return useInfiniteQuery({
    queryKey: ["dead", "list", pool, run, reason],
    queryFn: ({ pageParam, signal }) => get<DeadPage>("/dead", { pool, run, reason, after: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.more ? page.letters.at(-1)?.seq : undefined),
    refetchInterval: 5_000,
  });
}

export function useLetter(seq: number) {
  return useQuery({
    queryKey: ["dead", "letter", seq],
    queryFn: ({ signal }) => get<DeadDetail>(`/dead/${seq}`, {}, signal),
  });
}

/** First with `dry_run`, to show what would happen; then for real, with the same letters. */
export function useDeadWork(verb: Verb) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ letters, dry_run }: Pick<DeadWork, "letters" | "dry_run">) =>
      send<DeadResult>("POST", `/dead/${verb}`, { id: newId(), letters, dry_run } satisfies DeadWork),
    onSettled: (_, __, { dry_run }) => (dry_run ? undefined : cache.invalidateQueries({ queryKey: ["dead"] })),
  });
}
