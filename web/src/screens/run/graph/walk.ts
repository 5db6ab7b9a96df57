// Which step an arrow key leads to: along the needs sideways, up and down among neighbours. Pure.

import type { Layout, Place } from "./layout";

export const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"] as const;
export type Arrow = (typeof ARROWS)[number];

/** The step itself when there is nothing that way. */
export function walk(layout: Layout, from: string, arrow: Arrow): string {
  const here = layout.places.get(from);
  if (arrow === "Home" || arrow === "End") return outermost(layout, arrow) ?? from;
  if (!here) return outermost(layout, "Home") ?? from;
  const linked = layout.edges.flatMap((edge) =>
    arrow === "ArrowRight" && edge.from === from ? [edge.to] : arrow === "ArrowLeft" && edge.to === from ? [edge.from] : [],
  );
  if (!linked.length && (arrow === "ArrowLeft" || arrow === "ArrowRight")) return besides(layout, here, arrow) ?? from;
  const column = [...layout.places].filter(([id, { x }]) => id !== from && Math.abs(x - here.x) < 1).map(([id]) => id);
  const upward = arrow === "ArrowUp" ? column.filter((id) => at(layout, id).y < here.y) : [];
  const downward = arrow === "ArrowDown" ? column.filter((id) => at(layout, id).y > here.y) : [];
  return nearest(layout, [...linked, ...upward, ...downward], here) ?? from;
}

/** The nearest step of the next column that way, where no need leads. */
function besides(layout: Layout, here: Place, arrow: "ArrowLeft" | "ArrowRight"): string | undefined {
  const way = arrow === "ArrowRight" ? 1 : -1;
  const there = [...layout.places].filter(([, { x }]) => (x - here.x) * way > 1);
  const next = Math.min(...there.map(([, { x }]) => Math.abs(x - here.x)));
  const column = there.filter(([, { x }]) => Math.abs(x - here.x) < next + 1).map(([id]) => id);
  return nearest(layout, column, here);
}

function at(layout: Layout, id: string): Place {
  return layout.places.get(id) ?? { x: 0, y: 0 };
}

function nearest(layout: Layout, ids: readonly string[], { y }: Place): string | undefined {
  return [...ids].sort((a, b) => Math.abs(at(layout, a).y - y) - Math.abs(at(layout, b).y - y))[0];
}

function outermost({ places }: Layout, arrow: "Home" | "End"): string | undefined {
  const order = [...places].sort(([, a], [, b]) => a.x - b.x || a.y - b.y);
  return order.at(arrow === "Home" ? 0 : -1)?.[0];
}
