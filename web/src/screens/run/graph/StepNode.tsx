import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { memo } from "react";
import type { StepLine } from "../../../data/wire";
import { cost, duration, STEP_STATE } from "../../../data/words";
import { StepChip } from "../../../ui/StepChip";
import { workedMs } from "../step/worked";

export type StepNodeType = Node<{ step: StepLine; critical: boolean; selected: boolean; now: number }, "step">;

/** One step, in its place for good; its attempts are stacked behind it. */
export const StepNode = memo(function StepNode({ data }: NodeProps<StepNodeType>) {
  const { step, critical, selected, now } = data;
  const worked = Math.round(workedMs(step, now) / 1000);
  const attempts = step.attempts.length;
  const classes = ["node", `node-${step.state}`];
  if (critical) classes.push("node-critical");
  if (selected) classes.push("node-selected");
  if (attempts > 1) classes.push(attempts > 2 ? "node-stack-3" : "node-stack-2");
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button
        type="button"
        className={classes.join(" ")}
        data-step={step.step}
        tabIndex={selected ? 0 : -1}
        aria-pressed={selected}
        aria-label={spoken(step, worked, critical)}
      >
        <span className="node-name">
          <b>{step.step}</b>
          <span className="quiet">{step.role}</span>
        </span>
        <StepChip state={step.state} />
        <span className="node-facts numbers">
          {worked > 0 && <span>{duration(worked)}</span>}
          {step.spent.calls > 0 && <span>{cost(step.spent)}</span>}
          {attempts > 1 && <span>×{attempts}</span>}
        </span>
      </button>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
});

function spoken(step: StepLine, worked: number, critical: boolean): string {
  const attempts = step.attempts.length;
  return [
    `Step ${step.step}, ${step.role}`,
    STEP_STATE[step.state],
    worked ? duration(worked) : "",
    step.spent.calls ? cost(step.spent) : "",
    attempts > 1 ? `${attempts} attempts` : "",
    step.needs.length ? `needs ${step.needs.join(" and ")}` : "",
    critical ? "on the longest chain" : "",
  ]
    .filter(Boolean)
    .join(", ");
}
