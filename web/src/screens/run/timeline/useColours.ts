import { type RefObject, useEffect, useState } from "react";
import type { Colours } from "./draw";
import type { Doing } from "./segments";

const TOKENS: Record<Doing, string> = {
  model: "--accent",
  tool: "--held",
  tests: "--good",
  work: "--accent",
  opening: "--quiet",
  queue: "--line-strong",
  person: "--warn",
};

/** The colours of the theme as a canvas takes them, read again when the theme changes. */
export function useColours(element: RefObject<HTMLElement | null>): Colours | null {
  const [colours, setColours] = useState<Colours | null>(null);
  useEffect(() => {
    const read = () => element.current && setColours(readColours(element.current));
    read();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", read);
    const theme = new MutationObserver(read);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      dark.removeEventListener("change", read);
      theme.disconnect();
    };
  }, [element]);
  return colours;
}

/** A token may be light-dark(…): only an element that uses it tells which. One for each: a change may be animated. */
function readColours(element: HTMLElement): Colours {
  const colours = Object.entries(TOKENS).map(([doing, token]) => {
    const probe = document.createElement("i");
    probe.style.color = `var(${token})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return [doing, color];
  });
  return Object.fromEntries(colours) as Colours;
}
