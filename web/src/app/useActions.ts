import { useEffect, useRef } from "react";
import { offer, type Action } from "./palette";

/** Offers actions in the palette while the component is shown. */
export function useActions(name: string, actions: readonly Action[]): void {
  const now = useRef(actions);
  useEffect(() => {
    now.current = actions;
  });
  const shape = actions.map((action) => action.words).join("\n");
  useEffect(() => {
    const lasting = now.current.map((action, at) => ({ ...action, run: () => now.current[at]?.run() }));
    return offer({ name, actions: lasting });
  }, [name, shape]);
}
