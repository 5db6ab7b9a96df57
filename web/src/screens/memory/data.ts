// Memory's items over HTTP.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, send } from "../../data/api";
import type { ApproveItem, ForgetItem, ItemChanged, ItemDetail, Items, KeepItem } from "../../data/wire";
import type { MemorySearch, Name } from "./search";

const PAGE = 50;

export function useItems({ text, scope, tag, waiting }: MemorySearch) {
  return useInfiniteQuery({
    queryKey: ["memory", "list", text, scope, tag, waiting],
    queryFn: ({ pageParam, signal }) =>
      get<Items>("/memory/items", { text: waiting ? "" : text, scope, tag, quarantined: waiting, offset: pageParam, limit: PAGE }, signal),
    initialPageParam: 0,
    getNextPageParam: (page, pages) => (page.more ? pages.length * PAGE : undefined),
    refetchInterval: 5_000,
  });
}

export function useItem({ scope, owner, key, quarantined }: Name) {
  return useQuery({
    queryKey: ["memory", "item", scope, owner, key, quarantined],
    queryFn: ({ signal }) => get<ItemDetail>("/memory/item", { scope, owner, key, quarantined }, signal),
  });
}

/** One of the three changes to an item; what is shown is asked for again, also after a conflict. */
function useChange<Body>(method: "PUT" | "POST", path: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: Body) => send<ItemChanged>(method, path, change),
    onSettled: () => cache.invalidateQueries({ queryKey: ["memory"] }),
  });
}

export const useKeep = () => useChange<KeepItem>("PUT", "/memory/item");
export const useForget = () => useChange<ForgetItem>("POST", "/memory/forget");
export const useApprove = () => useChange<ApproveItem>("POST", "/memory/approve");
