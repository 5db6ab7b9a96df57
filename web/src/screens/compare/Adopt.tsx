import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { send } from "../../data/api";
import { newId } from "../../data/id";
import type { Accepted, Rerun, RunDetail } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Command } from "../../ui/Command";
import { Problem } from "../../ui/Problem";
import { turnToGoOn, type Figures, type Side } from "./sides";

/** What taking this side really is: pulling a run's branch, or a new run that goes on from a step. */
export function Adopt({ side, detail, figures }: { side: Side; detail: RunDetail; figures: Figures }) {
  const { from, to } = figures;
  return (
    <div className="stack compare-adopt">
      {!side.step && detail.run.status === "succeeded" && <Command>{`mycoder pull ${side.run}`}</Command>}
      {side.step !== "" && detail.run.finished_at !== "" && <GoOn side={side} turn={turnToGoOn(figures)} />}
      <Link to="/runs/$run/review" params={{ run: side.run }} search={{ from, to }}>
        Review it
      </Link>
    </div>
  );
}

function GoOn({ side, turn }: { side: Side; turn: number }) {
  const [id] = useState(newId);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  const navigate = useNavigate();
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const body: Rerun = { id, scope: "from", step: side.step, turn };
      const accepted = await send<Accepted>("POST", `/runs/${side.run}/rerun`, body);
      await navigate({ to: "/runs/$run", params: { run: accepted.run } });
    } catch (error) {
      setProblem(error as Error);
      setBusy(false);
    }
  };
  return (
    <>
      <Button busy={busy} onClick={() => void go()}>
        {turn ? `Go on after its turn ${turn}, in a new run` : "Do it again from here, in a new run"}
      </Button>
      <Problem problem={problem} />
    </>
  );
}
