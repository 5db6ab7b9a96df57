// The tree and one file, asked for piece by piece.

import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "../../data/api";
import type { FileEntry, Files } from "../../data/wire";
import { getBlame } from "../review/data";
import { getContent } from "./content";

function listing(run: string, at: string, path: string, changed: boolean) {
  return {
    queryKey: ["files", run, at, path, changed],
    queryFn: ({ signal }: { signal: AbortSignal }) => get<Files>(`/runs/${run}/files`, { at, path, changed }, signal),
    placeholderData: keepPreviousData,
  };
}

export function useDirectories(run: string, at: string, paths: readonly string[]) {
  return useQueries({
    queries: paths.map((path) => listing(run, at, path, false)),
    combine: (results) => ({
      listed: new Map<string, FileEntry[]>(results.map(({ data }, index) => [paths[index] ?? "", data?.entries ?? []])),
      cut: results.some(({ data }) => data?.more),
      pending: results.some(({ isPending }) => isPending),
      error: results.find(({ error }) => error)?.error ?? null,
    }),
  });
}

export function useChanged(run: string, at: string, wanted: boolean) {
  return useQuery({ ...listing(run, at, "", true), enabled: wanted });
}

export function useFile(run: string, at: string, path: string) {
  const content = useQuery({
    queryKey: ["content", run, at, path],
    queryFn: ({ signal }) => getContent(run, at, path, signal),
    enabled: path !== "",
  });
  const blame = useQuery({
    queryKey: ["blame", run, at, path],
    queryFn: ({ signal }) => getBlame(run, at, path, signal),
    enabled: path !== "" && content.data !== undefined && content.data.kind !== "binary" && content.data.bytes > 0,
    retry: false,
  });
  return useMemo(() => ({ content, blame }), [content, blame]);
}
