import { STEP_STATE } from "../data/words";
import type { StepLine } from "../data/wire";
import { Chip, type Tone } from "./Chip";

const LOOKS: Record<StepLine["state"], [tone: Tone, mark: string]> = {
  pending: ["quiet", "○"],
  ready: ["quiet", "◔"],
  running: ["busy", "●"],
  waiting: ["warn", "?"],
  done: ["good", "✓"],
  failed: ["bad", "✕"],
  cancelled: ["quiet", "■"],
  dropped: ["quiet", "–"],
};

export function StepChip({ state }: { state: StepLine["state"] }) {
  const [tone, mark] = LOOKS[state];
  return (
    <Chip tone={tone} mark={mark} lively={state === "running"}>
      {STEP_STATE[state]}
    </Chip>
  );
}
