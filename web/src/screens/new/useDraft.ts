import { useEffect, useState } from "react";
import { EMPTY, readDraft, type Draft } from "./draft";

const KEY = "mycoder.draft";

/** What is being written is kept in this tab until it is sent. */
export function useDraft(task: string | undefined): [Draft, (change: Partial<Draft>) => void, () => void] {
  const [draft, setDraft] = useState<Draft>(() => {
    const kept = readDraft(sessionStorage.getItem(KEY));
    return task ? { ...kept, task } : kept;
  });
  useEffect(() => sessionStorage.setItem(KEY, JSON.stringify(draft)), [draft]);
  return [
    draft,
    (change) => setDraft((before) => ({ ...before, ...change })),
    () => {
      sessionStorage.removeItem(KEY);
      setDraft(EMPTY);
    },
  ];
}
