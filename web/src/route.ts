// The address is the state: `/` is the list, `/runs/ID` one run.

import { useSyncExternalStore, type MouseEvent } from "react";

const MOVED = "mycoder:moved";

export function runPath(run: string): string {
  return `/runs/${run}`;
}

export function runOf(path: string): string {
  return /^\/runs\/([a-z0-9_-]+)\/?$/.exec(path)?.[1] ?? "";
}

export function usePath(): string {
  return useSyncExternalStore(
    (listener) => {
      for (const name of ["popstate", MOVED]) window.addEventListener(name, listener);
      return () => {
        for (const name of ["popstate", MOVED]) window.removeEventListener(name, listener);
      };
    },
    () => window.location.pathname,
  );
}

/** For a link: stay on the page unless the person wants another tab. */
export function follow(event: MouseEvent<HTMLAnchorElement>): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState(null, "", event.currentTarget.href);
  window.dispatchEvent(new Event(MOVED));
  window.scrollTo(0, 0);
}
