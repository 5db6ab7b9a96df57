import "./Screen.css";
import { useLayoutEffect, useRef, type ReactNode } from "react";
import { useStore } from "../data/store";

interface Props {
  /** Of the tab; the heading too unless there is another one. */
  title: string;
  heading?: ReactNode;
  /** Beside the heading: buttons, a status. */
  actions?: ReactNode;
  /** Uses the whole width, as a graph or a diff does. */
  wide?: boolean;
  /** Reaches down to the end of the window at least: one part of it grows. */
  filled?: boolean;
  children: ReactNode;
}

/** What every screen is made of. Its h1 gets the focus on navigation, and hands it on to the h1 that takes its place. */
export function Screen({ title, heading = title, actions, wide = false, filled = false, children }: Props) {
  const open = useStore((state) => state.inbox?.length ?? 0);
  const ref = useFocusHandedOn();
  return (
    <div className={`screen${wide ? " screen-wide" : ""}${filled ? " screen-filled" : ""}`}>
      <title>{`${open ? `(${open}) ` : ""}${title} · mycoder`}</title>
      <div className="screen-head">
        <h1 ref={ref} tabIndex={-1}>
          {heading}
        </h1>
        {actions && <div className="row-of">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

let handedOn = false;

/** A screen that was loading makes way for the one with the data: who listened to its heading is not thrown out. */
function useFocusHandedOn() {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    const own = heading.current;
    if (handedOn) own?.focus({ preventScroll: true });
    handedOn = false;
    return () => {
      handedOn = document.activeElement === own;
    };
  }, []);
  return heading;
}
