// Comments not sent yet and files viewed, kept in this browser by run.

import { useCallback, useMemo } from "react";
import type { Draft } from "./drafts";
import { markOf, type ReviewFile } from "./files";
import { useKept } from "./kept";

const NO_DRAFTS: Draft[] = [];
const NO_MARKS: Record<string, string> = {};

export function useDrafts(run: string) {
  return useKept<Draft[]>(`mycoder.review.${run}.drafts`, NO_DRAFTS);
}

/** The paths that were viewed as they are now, and what marks one or takes its mark away. */
export function useViewed(run: string, files: readonly ReviewFile[]): [ReadonlySet<string>, (file: ReviewFile) => void] {
  const [marks, change] = useKept(`mycoder.review.${run}.viewed`, NO_MARKS);
  const viewed = useMemo(
    () => new Set(files.filter((file) => marks[file.path] !== undefined && marks[file.path] === markOf(file)).map(({ path }) => path)),
    [files, marks],
  );
  const toggle = useCallback(
    (file: ReviewFile) =>
      change((before) => {
        const { [file.path]: was, ...rest } = before;
        return was === markOf(file) ? rest : { ...rest, [file.path]: markOf(file) };
      }),
    [change],
  );
  return [viewed, toggle];
}
