import { useState } from "react";

/** A switch this browser remembers. */
export function useKept(name: string, first: boolean): [boolean, (value: boolean) => void] {
  const key = `mycoder.${name}`;
  const [value, setValue] = useState(() => {
    const kept = localStorage.getItem(key);
    return kept === null ? first : kept === "true";
  });
  return [
    value,
    (next) => {
      localStorage.setItem(key, String(next));
      setValue(next);
    },
  ];
}
