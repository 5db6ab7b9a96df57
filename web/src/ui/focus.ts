/** Whose focus is on nothing, as what had it is gone, is at the heading of the screen again: it is read out, and Tab begins there. */
export function findFocus(): void {
  if (document.activeElement === document.body) focusHeading();
}

export function focusHeading(): void {
  const heading = document.querySelector<HTMLElement>("main h1") ?? document.getElementById("main");
  heading?.focus({ preventScroll: true });
}
