import { useKeys } from "../../app/useKeys";
import type { StepLine } from "../../data/wire";
import { useGo, useSearch } from "./route";
import { VIEWS } from "./search";

const WORDS = { plan: "Plan", timeline: "Timeline", log: "Event log" } as const;

/** The keys of a run's screen. */
export function useRunKeys(steps: readonly StepLine[], selected: string): void {
  const search = useSearch();
  const go = useGo();
  function step(by: number) {
    const at = steps.findIndex((one) => one.step === selected) + by;
    const next = steps[Math.min(Math.max(at, 0), steps.length - 1)];
    if (next) go({ step: next.step, attempt: undefined, turn: undefined, event: undefined }, true);
  }
  useKeys("This run", [
    ...VIEWS.map((view, at) => ({ keys: String(at + 1), words: WORDS[view], run: () => go({ view }) })),
    { keys: "j", words: "Next step", run: () => step(1) },
    { keys: "k", words: "Step before", run: () => step(-1) },
    { keys: "a", words: "To what waits for you", run: () => focus("[data-question]") },
    { keys: "m", words: "Write to the step", run: () => focus("[data-message]") },
    { keys: "/", words: "Look for text", run: () => focus("[data-look]") },
    { keys: "e", words: "Errors alone, in the event log", run: () => go({ view: "log", errors: search.errors ? undefined : true }) },
  ]);
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}
