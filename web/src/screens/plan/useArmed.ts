import { useEffect, useState } from "react";

const ARMED_AFTER_MS = 700;

/** False for a moment after something new asks, so that a key pressed for something else answers nothing. */
export function useArmed(key: string): boolean {
  const [armed, arm] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => arm(key), ARMED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return armed === key;
}
