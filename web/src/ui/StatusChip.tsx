import { STANDING, standing, type Standing } from "../data/words";
import type { RunLine } from "../data/wire";
import { Chip, type Tone } from "./Chip";

const LOOKS: Record<Standing, [tone: Tone, mark: string]> = {
  submitted: ["quiet", "◔"],
  planned: ["quiet", "◔"],
  running: ["busy", "●"],
  waiting: ["warn", "?"],
  paused: ["held", "‖"],
  succeeded: ["good", "✓"],
  failed: ["bad", "✕"],
  cancelled: ["quiet", "■"],
};

/** How a run stands: its status, or that it is held. */
export function StatusChip({ run }: { run: Pick<RunLine, "status" | "held"> }) {
  const now = standing(run);
  const [tone, mark] = LOOKS[now];
  return (
    <Chip tone={tone} mark={mark} lively={now === "running"}>
      {STANDING[now]}
    </Chip>
  );
}
