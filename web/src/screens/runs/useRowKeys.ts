import { useKeys } from "../../app/useKeys";

const ROWS = "a[data-run]";

/** j and k go from row to row; the row with the focus is the one that is meant. */
export function useRowKeys(onPick: (run: string) => void): void {
  useKeys("List of runs", [
    { keys: "j", words: "Next run", run: () => step(1) },
    { keys: "k", words: "Run before", run: () => step(-1) },
    { keys: "x", words: "Select the run", run: () => withRun(onPick) },
    { keys: "Enter", words: "Open the run", run: () => current()?.click() },
  ]);
}

function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const at = rows.findIndex((row) => row === current());
  const next = at < 0 ? rows.find(isInView) : rows[at + by];
  next?.focus();
}

function current(): HTMLElement | null {
  const row = document.activeElement?.closest(".run-row");
  return row?.querySelector<HTMLElement>(ROWS) ?? null;
}

function withRun(onPick: (run: string) => void): void {
  const run = current()?.dataset["run"];
  if (run) onPick(run);
}

function isInView(row: HTMLElement): boolean {
  const { top, bottom } = row.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}
