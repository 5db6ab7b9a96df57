import { useSyncExternalStore } from "react";

const WIDE = "(min-width: 1000px)";

/** Whether the list of files and the result fit beside the diff. */
export function useWide(): boolean {
  return useSyncExternalStore(listen, () => matchMedia(WIDE).matches);
}

function listen(listener: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
