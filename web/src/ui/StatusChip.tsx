import { standing, type Standing } from "../data/words";
import type { RunLine } from "../data/wire";
import { Chip, type Tone } from "./Chip";

const LOOKS: Record<Standing, [tone: Tone, mark: string, words: string]> = {
  submitted: ["quiet", "◔", "Queued"],
  planned: ["quiet", "◔", "Planned"],
  running: ["busy", "●", "Running"],
  waiting: ["warn", "?", "Needs you"],
  paused: ["held", "‖", "Paused"],
  succeeded: ["good", "✓", "Succeeded"],
  failed: ["bad", "✕", "Failed"],
  cancelled: ["quiet", "■", "Cancelled"],
};

/** How a run stands: its status, or that it is held. */
export function StatusChip({ run }: { run: Pick<RunLine, "status" | "held"> }) {
  const now = standing(run);
  const [tone, mark, words] = LOOKS[now];
  return (
    <Chip tone={tone} mark={mark} lively={now === "running"}>
      {words}
    </Chip>
  );
}
