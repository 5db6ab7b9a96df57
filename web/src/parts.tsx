// Small pieces that several pages use.

import { useEffect, useState, type ReactNode } from "react";
import type { Problem } from "./socket";
import { STATUS, type Status } from "./words";

export function StatusChip({ status }: { status: Status }) {
  return (
    <span className={`chip status-${status}`}>
      <span className="dot" aria-hidden="true" />
      {STATUS[status]}
    </span>
  );
}

export function ProblemNote({ problem }: { problem: Problem | null }) {
  if (!problem) return null;
  return (
    <div role="alert" className="note bad">
      <p>{sentence(problem.message)}</p>
      {problem.fix && <p className="quiet">What helps: {problem.fix}</p>}
    </div>
  );
}

/** A command to type, with a button that copies it. */
export function Command({ children }: { children: string }) {
  const [copied, setCopied] = useState(false);
  async function copy() {
    await navigator.clipboard.writeText(children);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  }
  return (
    <div className="command">
      <code>{children}</code>
      <button type="button" onClick={() => void copy()} aria-label={`Copy: ${children}`}>
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === "" || children === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The time, every second while somebody needs it. */
export function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}

export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
