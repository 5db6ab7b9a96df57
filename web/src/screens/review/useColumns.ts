import { useLayoutEffect, useState, type RefObject } from "react";

/** How many characters stand in a line of the code that is drawn; 0 as long as none is. */
export function useColumns(scroller: RefObject<HTMLElement | null>, wanted: boolean, layout: string): number {
  const [columns, setColumns] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!wanted || !element) return;
    const look = () => setColumns((before) => counted(element) || before);
    const watch = new ResizeObserver(look);
    watch.observe(element);
    look();
    const frame = requestAnimationFrame(look); // the first rows are drawn after this
    return () => {
      watch.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [scroller, wanted, layout]);
  return columns;
}

function counted(element: HTMLElement): number {
  const code = element.querySelector<HTMLElement>(".diff-code");
  const context = document.createElement("canvas").getContext("2d");
  if (!code || !context) return 0;
  const style = getComputedStyle(code);
  context.font = style.font;
  const width = code.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
  return Math.floor(width / context.measureText("0").width + 0.01);
}
