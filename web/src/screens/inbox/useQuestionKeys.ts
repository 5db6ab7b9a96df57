import { useKeys } from "../../app/useKeys";

/** j and k go from card to card; the card with the focus, or the first one, is the one that is meant. */
export function useQuestionKeys(): void {
  useKeys("Inbox", [
    { keys: "j", words: "Next question", run: () => step(1) },
    { keys: "k", words: "Question before", run: () => step(-1) },
    { keys: "a", words: "Approve, or write the answer", run: approve },
    { keys: "d", words: "Write why not; Ctrl Enter denies", run: () => composer()?.focus() },
  ]);
}

function cards(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-question]")];
}

function current(): HTMLElement | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-question]") ?? undefined;
}

function step(by: number): void {
  const all = cards();
  const now = current();
  const at = now ? all.indexOf(now) + by : 0;
  all[at]?.focus();
}

/** Only what somebody has gone to is approved by a letter. */
function approve(): void {
  const card = current();
  if (!card) return step(1);
  const button = card.querySelector<HTMLElement>("[data-key=a]");
  if (button) button.click();
  else composer()?.focus();
}

function composer(): HTMLElement | null | undefined {
  return current()?.querySelector<HTMLElement>("[data-composer]");
}
