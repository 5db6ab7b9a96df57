import { useCallback, useState } from "react";

export interface Picked {
  runs: ReadonlySet<string>;
  toggle(run: string): void;
  set(runs: readonly string[]): void;
}

export function usePicked(): Picked {
  const [runs, setRuns] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((run: string) => {
    setRuns((before) => {
      const after = new Set(before);
      if (!after.delete(run)) after.add(run);
      return after;
    });
  }, []);
  const set = useCallback((next: readonly string[]) => setRuns(new Set(next)), []);
  return { runs, toggle, set };
}
