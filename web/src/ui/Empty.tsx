import "./Empty.css";
import type { ReactNode } from "react";

/** Why nothing is shown here, and what somebody can do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <section className="empty">
      <h2>{title}</h2>
      {children}
    </section>
  );
}
