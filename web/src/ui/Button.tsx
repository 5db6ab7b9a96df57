import "./Button.css";
import type { ComponentProps, MouseEvent } from "react";

interface Props extends ComponentProps<"button"> {
  /** `main`: what most people want here; `danger`: what cannot be undone; `bare`: without a frame. */
  kind?: "plain" | "main" | "danger" | "bare";
  /** At work: it stays in its place, keeps the focus and cannot be pressed again. */
  busy?: boolean;
  /** Cannot be pressed just now; other than `disabled`, it keeps the focus. */
  idle?: boolean;
}

export function Button({ kind = "plain", busy = false, idle = false, className = "", ...rest }: Props) {
  // A disabled button would lose the focus, and whoever uses the keyboard their place.
  const held = busy || idle ? { "aria-busy": busy || undefined, "aria-disabled": true, onClick: ignore } : {};
  return <button type="button" className={`button button-${kind} ${className}`} {...rest} {...held} />;
}

function ignore(event: MouseEvent): void {
  event.preventDefault();
}
