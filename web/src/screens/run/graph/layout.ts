// Where the steps of a plan stand: from what needs what alone, so that nothing moves when a state changes. Pure.

import { Graph, layout as arrange } from "@dagrejs/dagre";

export interface Place {
  x: number;
  y: number;
}

export interface Layout {
  /** The upper left corner of each step. */
  places: ReadonlyMap<string, Place>;
  edges: readonly { from: string; to: string }[];
}

interface Planned {
  step: string;
  needs: readonly string[];
}

export const NODE = { width: 208, height: 92 };

/** One layout for each shape of plan: the same steps and needs get the same one. */
const known = new Map<string, Layout>();
const MOST_KNOWN = 20;

export function layoutOf(steps: readonly Planned[]): Layout {
  const shape = steps.map(({ step, needs }) => `${step}<${needs.join(",")}`).join(";");
  const before = known.get(shape);
  if (before) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const made = arranged(steps);
  known.set(shape, made);
  return made;
}

function arranged(steps: readonly Planned[]): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 22, ranksep: 56, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Set(steps.map(({ step }) => step));
  for (const { step } of steps) graph.setNode(step, { ...NODE });
  const edges = steps.flatMap(({ step, needs }) => needs.filter((need) => ids.has(need)).map((from) => ({ from, to: step })));
  for (const { from, to } of edges) graph.setEdge(from, to);
  arrange(graph);
  const places = steps.map(({ step }) => {
    const { x = 0, y = 0 } = graph.node(step) as Partial<Place>;
    return [step, { x: x - NODE.width / 2, y: y - NODE.height / 2 }] as const;
  });
  return { places: new Map(places), edges };
}

const LOWEST = 128;
const HIGHEST = 420;

/** How high the frame is that shows it. */
export function heightOf({ places }: Layout): number {
  const lowest = Math.max(0, ...[...places.values()].map(({ y }) => y + NODE.height));
  return Math.min(HIGHEST, Math.max(LOWEST, lowest + 28));
}
