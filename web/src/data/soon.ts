// Many changes, one drawing: before the next frame, or by a timer when no frames come, as in a hidden tab.

const HIDDEN_MS = 250;

/** Returns what asks for the work to be done soon, once for any number of askings. */
export function soon(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    const run = () => {
      if (!asked) return;
      asked = false;
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      work();
    };
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, HIDDEN_MS);
  };
}
