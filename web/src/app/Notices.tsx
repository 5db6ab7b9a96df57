import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { get } from "../data/api";
import { store } from "../data/store";
import type { RunDetail, RunLine } from "../data/wire";
import { isOver } from "../data/words";
import { toast, type Toast } from "../ui/toast";
import { announce } from "./announce";
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
    const budgets = new Map<string, number>();
    const asked = new Set<string>();
    return store.subscribe(({ runs, inbox }) => {
      if (!runs || !inbox || (runs === before?.runs && inbox === before.inbox)) return;
      const now = { runs, inbox };
      if (before) for (const notice of noticesOf(before, now, budgets)) tell(notice, go.current);
      before = now;
      for (const line of runs) void learn(line, asked, budgets);
    });
  }, []);
  return null;
}

/** What a run may spend stands in its submission, which the list does not have. */
async function learn(line: RunLine, asked: Set<string>, budgets: Map<string, number>): Promise<void> {
  if (asked.has(line.run) || !line.spent.known_usd || isOver(line)) return;
  asked.add(line.run);
  try {
    const { usd } = (await get<RunDetail>(`/runs/${line.run}`)).submission.limits;
    if (usd) budgets.set(line.run, usd);
  } catch {
    asked.delete(line.run); // asked again when it spends more
  }
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
