import { type RefObject, useLayoutEffect, useState } from "react";

/** How wide the timeline is, and how much of that names the rows. */
export function useWidth(element: RefObject<HTMLElement | null>): { width: number; label: number } {
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return { width, label: width < 500 ? 96 : 170 };
}
