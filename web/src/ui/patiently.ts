// Parts of the page that are loaded when they are used, also while the gateway is away for a moment.

const WAITS_MS = [300, 700, 1_500, 3_000, 5_000, 8_000];

/** Tries again as long as it may be a passing trouble; a part that is gone, after an update, fails in the end. */
export function patiently<Part>(load: () => Promise<Part>, wait: (ms: number) => Promise<void> = pause): () => Promise<Part> {
  return async () => {
    for (const ms of WAITS_MS) {
      try {
        return await load();
      } catch {
        await wait(ms); // what went wrong the last time is thrown below
      }
    }
    return load();
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
