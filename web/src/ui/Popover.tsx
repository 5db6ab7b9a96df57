import "./Popover.css";
import { useEffect, type ReactElement, type ReactNode } from "react";
import { useFloating } from "./useFloating";

interface Props {
  /** One button; it opens the rest. */
  button: ReactElement;
  label: string;
  children: ReactNode;
}

const FIRST = "input, button, a[href], select, textarea";

export function Popover({ button, label, children }: Props) {
  const { button: tied, open, floating } = useFloating(button, "dialog", "start");
  useEffect(() => {
    if (open) floating.ref.current?.querySelector<HTMLElement>(FIRST)?.focus();
  }, [open, floating.ref]);
  return (
    <>
      {tied}
      <div {...floating} className="popover" role="dialog" aria-label={label}>
        {open && children}
      </div>
    </>
  );
}
