import "./Button.css";
import type { ComponentProps } from "react";

interface Props extends ComponentProps<"button"> {
  /** `main`: what most people want here; `danger`: what cannot be undone; `bare`: without a frame. */
  kind?: "plain" | "main" | "danger" | "bare";
  /** At work: it stays in its place and cannot be pressed again. */
  busy?: boolean;
}

export function Button({ kind = "plain", busy = false, className = "", disabled, ...rest }: Props) {
  return (
    <button
      type="button"
      className={`button button-${kind} ${className}`}
      aria-busy={busy || undefined}
      disabled={disabled || busy}
      {...rest}
    />
  );
}
