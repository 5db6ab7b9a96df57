// Parts in chunks of their own that can be fetched ahead of being shown.

import { createElement, lazy, useState, type ComponentType, type FunctionComponent } from "react";
import { patiently } from "./patiently";

interface Ahead<Props> {
  Part: FunctionComponent<Props>;
  fetch(): Promise<unknown>;
}

/** Like React's lazy, but what has been fetched is drawn at once: lazy would show a fallback for a moment even then, and
 * React keeps every fallback for 300 ms. */
export function ahead<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): Ahead<Props> {
  let there: ComponentType<Props> | null = null;
  const fetch = patiently(async () => {
    const module = await load();
    there = module.default;
    return module;
  });
  const Later = lazy(fetch);
  function Part(props: Props) {
    const [Drawn] = useState(() => there ?? (Later as ComponentType<Props>)); // for as long as it is shown
    return createElement(Drawn, props);
  }
  return { Part, fetch };
}
