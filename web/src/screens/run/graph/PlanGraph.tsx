import "@xyflow/react/dist/base.css";
import "./graph.css";
import { Background, Controls, MarkerType, MiniMap, ReactFlow, type Edge } from "@xyflow/react";
import { useMemo, useRef, type KeyboardEvent } from "react";
import type { RunDetail } from "../../../data/wire";
import { heightOf, layoutOf, NODE, type Layout } from "./layout";
import { StepNode, type StepNodeType } from "./StepNode";
import { ARROWS, walk, type Arrow } from "./walk";

export interface GraphProps {
  detail: RunDetail;
  selected: string;
  critical: ReadonlySet<string>;
  now: number;
  onPick(step: string): void;
}

const TYPES = { step: StepNode };
const SMALL = 3;
const BIG = 18;
/** The buttons stand at the left: no step begins below them. */
const CLEAR = { x: "64px", y: "12px" } as const;

/** The plan as a graph: all steps from the start, each in its place for as long as the plan holds. */
export default function PlanGraph({ detail: { steps }, selected, critical, now, onPick }: GraphProps) {
  const layout = layoutOf(steps);
  const hasControls = steps.length > SMALL;
  const nodes = useMemo(
    () =>
      steps.map((step): StepNodeType => {
        const isPicked = step.step === selected;
        const data = { step, critical: critical.has(step.step), selected: isPicked, now };
        const position = layout.places.get(step.step) ?? { x: 0, y: 0 };
        return { id: step.step, type: "step", position, data, ...NODE, draggable: false, focusable: false };
      }),
    [steps, selected, critical, now, layout],
  );
  const edges = useMemo(() => edgesOf(layout, critical), [layout, critical]);
  const frame = useRef<HTMLDivElement>(null);
  function onKey(event: KeyboardEvent) {
    if (!ARROWS.includes(event.key as Arrow)) return;
    event.preventDefault();
    const next = walk(layout, focused() ?? selected, event.key as Arrow);
    frame.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(next)}"]`)?.focus();
  }
  return (
    <div ref={frame} className="graph" style={{ height: heightOf(layout) }} onKeyDown={onKey} role="group" aria-label="Plan">
      <ReactFlow
        key={layoutKey(layout)}
        nodes={nodes}
        edges={edges}
        nodeTypes={TYPES}
        onNodeClick={(_, node) => onPick(node.id)}
        fitView
        fitViewOptions={{ padding: hasControls ? CLEAR : 0.05, maxZoom: 1 }}
        minZoom={0.1}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        preventScrolling={false}
        zoomOnScroll={false}
        onlyRenderVisibleElements={steps.length > 150}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={20} />
        {hasControls && <Controls showInteractive={false} />}
        {steps.length > BIG && <MiniMap pannable zoomable ariaLabel="The whole plan, small" />}
      </ReactFlow>
    </div>
  );
}

function focused(): string | undefined {
  return document.activeElement instanceof HTMLElement ? document.activeElement.dataset["step"] : undefined;
}

/** Only a plan of another shape is fitted to the frame anew. */
function layoutKey({ places }: Layout): string {
  return [...places.keys()].join(" ");
}

function edgesOf({ edges }: Layout, critical: ReadonlySet<string>): Edge[] {
  return edges.map(({ from, to }) => {
    const leads = critical.has(from) && critical.has(to);
    return {
      id: `${from} ${to}`,
      source: from,
      target: to,
      className: leads ? "graph-edge-critical" : "graph-edge",
      markerEnd: { type: MarkerType.ArrowClosed },
    };
  });
}
