// Where something that opens from a button stands. Pure but for reading the sizes.

const GAP = 4;
const EDGE = 8;

/** Below the button if there is room, else above; always in view. */
export function placed(
  button: Pick<DOMRect, "top" | "bottom" | "left" | "right">,
  size: { width: number; height: number },
  view: { width: number; height: number },
  align: "start" | "end",
): { top: number; left: number } {
  const below = button.bottom + GAP;
  const above = button.top - GAP - size.height;
  const fits = below + size.height <= view.height - EDGE;
  const left = align === "start" ? button.left : button.right - size.width;
  return {
    top: Math.max(EDGE, fits || above < EDGE ? Math.min(below, view.height - EDGE - size.height) : above),
    left: Math.max(EDGE, Math.min(left, view.width - EDGE - size.width)),
  };
}

/** Keeps it beside the button while the page moves; returns what ends that. */
export function follow(floating: HTMLElement, button: HTMLElement, align: "start" | "end"): () => void {
  function place() {
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const { top, left } = placed(button.getBoundingClientRect(), floating.getBoundingClientRect(), { width, height }, align);
    floating.style.top = `${top}px`;
    floating.style.left = `${left}px`;
  }
  place();
  const grows = new ResizeObserver(place);
  grows.observe(floating);
  window.addEventListener("scroll", place, { capture: true, passive: true });
  window.addEventListener("resize", place);
  return () => {
    grows.disconnect();
    window.removeEventListener("scroll", place, { capture: true });
    window.removeEventListener("resize", place);
  };
}
