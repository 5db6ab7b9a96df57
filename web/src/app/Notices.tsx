import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { store } from "../data/store";
import { toast, type Toast } from "../ui/toast";
import { announce } from "./announce";
import { Budgets } from "./budgets";
import { noticesOf, type Look, type Notice, type NoticeKind } from "./notices";
import { wishes } from "./wishes";

const TONES: Record<NoticeKind, Toast["tone"]> = { needs: "warn", failed: "warn", done: "good", budget: "warn" };

/** Tells of what happens, wherever somebody is on the page. Draws nothing itself. */
export function Notices() {
  const navigate = useNavigate();
  const go = useRef(navigate);
  useEffect(() => {
    go.current = navigate;
  });
  useEffect(() => {
    let before: Look | null = null;
    const budgets = new Budgets();
    return store.subscribe(({ runs, inbox }) => {
      if (!runs || !inbox || (runs === before?.runs && inbox === before.inbox)) return;
      const now = { runs, inbox };
      if (before) for (const notice of noticesOf(before, now, budgets.known)) tell(notice, go.current);
      before = now;
      budgets.learn(runs);
    });
  }, []);
  return null;
}

function tell(notice: Notice, navigate: ReturnType<typeof useNavigate>): void {
  const { kinds, desktop, muted } = wishes.getState();
  if (!kinds.includes(notice.kind) || muted.includes(notice.run)) return;
  const to = notice.kind === "needs" ? "/inbox" : `/runs/${notice.run}`;
  if (isLookedAt(to, notice.run)) announce(notice.text);
  else toast(notice.text, TONES[notice.kind], to);
  if (!desktop || !document.hidden) return;
  const shown = new Notification(notice.text, { tag: notice.key, icon: "/assets/icon.svg" });
  shown.onclick = () => {
    window.focus();
    void navigate({ to });
  };
}

/** Nobody needs to be told what is before their eyes. */
function isLookedAt(to: string, run: string): boolean {
  const { pathname } = window.location;
  return !document.hidden && (pathname === to || pathname === `/runs/${run}`);
}
