import { lazy, Suspense, useEffect, useState } from "react";
import { MuteButton } from "../../../app/MuteButton";
import { useActions } from "../../../app/useActions";
import type { RunDetail } from "../../../data/wire";
import { isOver } from "../../../data/words";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { findFocus } from "../../../ui/focus";
import { Icon } from "../../../ui/Icon";
import { Problem } from "../../../ui/Problem";
import { StatusChip } from "../../../ui/StatusChip";
import { useCommand } from "../../../data/commands";
import { patiently } from "../../../ui/patiently";
import { CommandsPopover } from "./CommandsPopover";
import { DOING, doing } from "./doing";

const AgainDialog = lazy(patiently(() => import("./AgainDialog")));
const StopDialog = lazy(patiently(() => import("./StopDialog")));

type Open = "" | "stop" | "again";

/** How the run stands, and what can be done to it. */
export function Actions({ detail, selected }: { detail: RunDetail; selected: string }) {
  const [open, setOpen] = useState<Open>("");
  const [sent, setSent] = useState("");
  const giving = useCommand();
  const { run } = detail;
  const now = doing(detail, giving.busy ? sent : "");
  const close = () => setOpen("");
  function give(what: "pause" | "resume") {
    setSent(what);
    void giving.give({ what, run: run.run });
  }
  const over = isOver(run);
  const stoppable = !over && now !== "cancelling";
  useEffect(() => (stoppable ? findFocus : undefined), [stoppable]); // its buttons go when it stops
  useActions("Steer this run", [
    ...(over ? [] : [{ words: run.held === "paused" ? "Go on" : "Pause", run: () => give(run.held === "paused" ? "resume" : "pause") }]),
    ...(over ? [] : [{ words: "Stop…", also: "cancel", run: () => setOpen("stop" as const) }]),
    { words: "Run again…", also: "retry rerun fork", run: () => setOpen("again" as const) },
  ]);
  return (
    <>
      <span role="status" aria-label="Status of the run">
        {now ? (
          <Chip tone="held" mark="…" lively>
            {DOING[now]}
          </Chip>
        ) : (
          <StatusChip run={run} />
        )}
      </span>
      {stoppable && (
        <>
          <PauseButton held={run.held === "paused"} busy={giving.busy} onGive={give} />
          <Button kind="danger" onClick={() => setOpen("stop")}>
            <Icon name="stop" /> Stop…
          </Button>
        </>
      )}
      <Button onClick={() => setOpen("again")}>
        <Icon name="retry" /> Run again…
      </Button>
      <CommandsPopover detail={detail} />
      {!isOver(run) && <MuteButton run={run.run} />}
      <Problem problem={giving.problem} />
      <Suspense>
        {open === "stop" && <StopDialog detail={detail} onClose={close} />}
        {open === "again" && <AgainDialog detail={detail} selected={selected} onClose={close} />}
      </Suspense>
    </>
  );
}

interface PauseProps {
  held: boolean;
  busy: boolean;
  onGive(what: "pause" | "resume"): void;
}

function PauseButton({ held, busy, onGive }: PauseProps) {
  return held ? (
    <Button kind="main" busy={busy} onClick={() => onGive("resume")}>
      <Icon name="play" /> Go on
    </Button>
  ) : (
    <Button busy={busy} onClick={() => onGive("pause")}>
      <Icon name="pause" /> Pause
    </Button>
  );
}
