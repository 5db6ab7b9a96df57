// What the review asks over HTTP. Two named states never differ in another way later; `newest` is asked again on request.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "../../data/api";
import type { Blame, Checkpoints, Diff, Patches } from "../../data/wire";

/** `version` changes when the run has new states. */
export function useCheckpoints(run: string, version: number) {
  return useQuery({
    queryKey: ["checkpoints", run, version],
    queryFn: ({ signal }) => get<Checkpoints>(`/runs/${run}/checkpoints`, {}, signal),
    placeholderData: keepPreviousData,
  });
}

export function useDiff(run: string, from: string, to: string) {
  return useQuery({
    queryKey: ["diff", run, from, to],
    queryFn: ({ signal }) => get<Diff>(`/runs/${run}/diff`, { from, to }, signal),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

export function usePatches(run: string, from: string, to: string, enabled: boolean) {
  return useQuery({
    enabled,
    queryKey: ["patches", run, from, to],
    queryFn: ({ signal }) => get<Patches>(`/runs/${run}/diff/patches`, { from, to }, signal),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

/** One file's patch, with as much around the changes as there is. */
export function getWholePatch(run: string, from: string, to: string, path: string): Promise<Patches> {
  return get<Patches>(`/runs/${run}/diff/patches`, { from, to, path, context: 1000 });
}

export function getBlame(run: string, at: string, path: string, signal?: AbortSignal): Promise<Blame> {
  return get<Blame>(`/runs/${run}/files/blame`, { at, path }, signal);
}
