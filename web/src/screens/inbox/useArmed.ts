import { useEffect, useState } from "react";

const ARMED_AFTER_MS = 700;

/**
 * False for a moment after something has moved under the pointer or come up under the fingers, so that nobody says yes
 * to what they have not seen. Counts again when `shape` changes, and while nobody can see the page.
 */
export function useArmed(shape: string): boolean {
  const [armed, setArmed] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    function begin() {
      clearTimeout(timer);
      if (document.hidden) setArmed("");
      else timer = setTimeout(() => setArmed(shape), ARMED_AFTER_MS);
    }
    begin();
    document.addEventListener("visibilitychange", begin);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", begin);
    };
  }, [shape]);
  return armed === shape && shape !== "";
}
