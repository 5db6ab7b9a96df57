import { useCallback, useMemo, useSyncExternalStore } from "react";
import { type Filters } from "./filters";
import { readerFor, type Reading, type Way } from "./reader";

/** The log of a run as it is needed on the screen; read anew when the filters change. */
export function useLog(run: string, filters: Filters, around = 0): Reading & { more(way: Way): void } {
  const { kinds, step, text, errors } = filters;
  const wanted = kinds.join(",");
  const reader = useMemo(
    () => readerFor(run, { kinds: wanted ? wanted.split(",") : [], step, text, errors }, around),
    [run, wanted, step, text, errors, around],
  );
  const reading = useSyncExternalStore(reader.subscribe, reader.get);
  const more = useCallback((way: Way) => void reader.more(way), [reader]);
  return { ...reading, more };
}
