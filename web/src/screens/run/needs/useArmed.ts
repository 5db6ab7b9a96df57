import { useEffect, useState } from "react";

export const ARMED_AFTER_MS = 700;

/** False for a moment after a question came up, so that a key meant for something else answers nothing. */
export function useArmed(question: string): boolean {
  const [armed, setArmed] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setArmed(question), ARMED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [question]);
  return armed === question;
}
