import { cloneElement, useEffect, useId, useRef, useState, type ReactElement, type RefObject } from "react";
import { follow } from "./floating";

type Buttonish = ReactElement<Record<string, unknown>>;

export interface Floating {
  /** The button, tied to what it opens. */
  button: ReactElement;
  open: boolean;
  /** For the element that floats. */
  floating: { ref: RefObject<HTMLDivElement | null>; id: string; popover: "auto" };
  close(): void;
}

/** The browser's own popover: in front of all else, closed by Escape and by a press anywhere else. */
export function useFloating(button: ReactElement, kind: "menu" | "dialog", align: "start" | "end"): Floating {
  const id = useId();
  const ref = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const toggled = (event: Event) => setOpen((event as ToggleEvent).newState === "open");
    element.addEventListener("toggle", toggled);
    return () => element.removeEventListener("toggle", toggled);
  }, []);
  useEffect(() => {
    const element = ref.current;
    const anchor = document.querySelector<HTMLElement>(`[popovertarget="${CSS.escape(id)}"]`);
    if (!open || !element || !anchor) return;
    return follow(element, anchor, align);
  }, [open, id, align]);
  const tied = cloneElement(button as Buttonish, {
    popoverTarget: id,
    "aria-haspopup": kind,
    "aria-expanded": open,
  });
  return { button: tied, open, floating: { ref, id, popover: "auto" }, close: () => ref.current?.hidePopover() };
}
