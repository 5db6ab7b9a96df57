// What somebody wants to be told of, and where; kept in this browser.

import { createStore } from "zustand/vanilla";
import { NOTICE_KINDS, type NoticeKind } from "./notices";

export interface Wishes {
  kinds: readonly NoticeKind[];
  /** Also by the system, while the page is not looked at. */
  desktop: boolean;
  /** Runs not to be told of. */
  muted: readonly string[];
}

const KEY = "mycoder.notices";
const MOST_MUTED = 500;

function readWishes(text: string | null): Wishes {
  const fallback: Wishes = { kinds: NOTICE_KINDS, desktop: false, muted: [] };
  try {
    const { kinds, desktop, muted } = JSON.parse(text ?? "{}") as Partial<Wishes>;
    return {
      kinds: Array.isArray(kinds) ? NOTICE_KINDS.filter((kind) => kinds.includes(kind)) : fallback.kinds,
      desktop: desktop === true,
      muted: Array.isArray(muted) ? muted.filter((run) => typeof run === "string").slice(-MOST_MUTED) : [],
    };
  } catch {
    return fallback;
  }
}

export const wishes = createStore<Wishes>(() => readWishes(globalThis.localStorage?.getItem(KEY) ?? null));

wishes.subscribe((now) => localStorage.setItem(KEY, JSON.stringify(now)));

export function wishFor(kind: NoticeKind, wanted: boolean): void {
  wishes.setState(({ kinds }) => ({ kinds: NOTICE_KINDS.filter((one) => (one === kind ? wanted : kinds.includes(one))) }));
}

export function mute(run: string, muted: boolean): void {
  wishes.setState((now) => {
    const others = now.muted.filter((one) => one !== run);
    return { muted: muted ? [...others, run].slice(-MOST_MUTED) : others };
  });
}

/** Asks the browser, which asks the person. False: the answer is no. */
export async function allowDesktop(wanted: boolean): Promise<boolean> {
  const allowed = wanted && "Notification" in window && (await Notification.requestPermission()) === "granted";
  wishes.setState({ desktop: allowed });
  return allowed === wanted;
}
