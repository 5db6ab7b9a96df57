import type { StepLine } from "../../data/wire";
import { IconButton } from "../../ui/IconButton";
import { StepChip } from "../../ui/StepChip";
import type { Lock } from "./locks";
import type { Step } from "./step";

interface Props {
  step: Step;
  at: number;
  last: boolean;
  line: StepLine | undefined;
  lock: Lock | null;
  wrong: number;
  current: boolean;
  /** It is not in the plan as it stands. */
  fresh: boolean;
  editable: boolean;
  onOpen(): void;
  onMove(by: 1 | -1): void;
  onRemove(): void;
}

/** Alt with the arrow keys moves the step; the buttons do so too. */
export function StepRow(props: Props) {
  const { step, at, last, line, lock, wrong, current, fresh, editable, onOpen, onMove, onRemove } = props;
  const keys = (event: React.KeyboardEvent) => {
    if (!event.altKey || !editable) return;
    if (event.key === "ArrowUp") onMove(-1);
    else if (event.key === "ArrowDown") onMove(1);
    else if (event.key === "Delete" && (!lock || lock.removable)) onRemove();
    else return;
    event.preventDefault();
  };
  return (
    <li className="plan-row" aria-current={current || undefined} onKeyDown={keys}>
      <button type="button" id={`plan-step-${at}`} className="plan-open" onClick={onOpen}>
        <span className="plan-place numbers">{at + 1}</span>
        <span className="plan-name">
          <b>{step.id || "(no name)"}</b> <span className="quiet">{step.role}</span>
          {step.needs.length > 0 && <span className="quiet small"> needs {step.needs.join(", ")}</span>}
          <span className="plan-goal clamp-1">{step.goal || "(no goal)"}</span>
        </span>
        {wrong > 0 && <span className="plan-wrong small">{wrong === 1 ? "1 problem" : `${wrong} problems`}</span>}
        {fresh ? <span className="plan-new small">new</span> : line && line.state !== "pending" && <StepChip state={line.state} />}
      </button>
      {editable && (
        <span className="plan-tools">
          <IconButton icon="up" label={`Move ${step.id} up`} disabled={at === 0} onClick={() => onMove(-1)} />
          <IconButton icon="down" label={`Move ${step.id} down`} disabled={last} onClick={() => onMove(1)} />
          <IconButton icon="trash" label={`Take ${step.id} out`} disabled={lock !== null && !lock.removable} onClick={onRemove} />
        </span>
      )}
    </li>
  );
}
