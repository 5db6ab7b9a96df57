// Everything the review shows of the two states: files, their patches, rows. Kept apart from how it is drawn.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { FilePatch } from "../../data/wire";
import { getWholePatch, useDiff, usePatches } from "./data";
import { reviewFiles } from "./files";
import { inTreeOrder } from "./tree";

const NO_PATCHES: ReadonlyMap<string, FilePatch> = new Map();

/** `live`: the run goes on, so that the same name may mean another state a moment later. */
export function useReviewFiles(run: string, asked: { from: string; to: string }, live: boolean) {
  const diff = useDiff(run, asked.from, asked.to);
  const seen = diff.isPlaceholderData ? undefined : diff.data;
  const from = live ? (seen?.from.commit ?? "") : asked.from;
  const to = live ? (seen?.to.commit ?? "") : asked.to;
  const patches = usePatches(run, from, to, from !== "");
  const [whole, setWhole] = useState(NO_PATCHES);
  const queries = useQueryClient();
  const found = useMemo(() => new Map([...byPath(patches.data?.files ?? []), ...whole]), [patches.data, whole]);
  const ready = seen && patches.data && !patches.isPlaceholderData;
  const files = useMemo(() => (ready ? inTreeOrder(reviewFiles(seen.files, found)) : []), [ready, seen, found]);
  const widen = useCallback(
    async (path: string) => {
      const { files: more } = await getWholePatch(run, from, to, path);
      setWhole((before) => new Map([...before, ...byPath(more)]));
    },
    [run, from, to],
  );
  const refresh = useCallback(() => {
    setWhole(NO_PATCHES);
    void queries.invalidateQueries({ queryKey: ["diff", run] });
    void queries.invalidateQueries({ queryKey: ["patches", run] });
  }, [queries, run]);
  return { diff: diff.data, files, ready: Boolean(ready), error: diff.error ?? patches.error, widen, refresh };
}

function byPath(files: readonly FilePatch[]): Map<string, FilePatch> {
  return new Map(files.map((file) => [file.path, file]));
}
