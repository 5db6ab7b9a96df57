import { useState } from "react";
import type { RunDetail } from "../../../data/wire";
import { Button } from "../../../ui/Button";
import { Command } from "../../../ui/Command";
import { Dialog } from "../../../ui/Dialog";
import { Field, Input } from "../../../ui/Field";
import { Problem } from "../../../ui/Problem";
import { useCommand } from "../../../data/commands";
import { whatStops } from "./doing";

/** Says what will stop and what stays before anything is stopped. */
export default function StopDialog({ detail, onClose }: { detail: RunDetail; onClose(): void }) {
  const [reason, setReason] = useState("");
  const giving = useCommand();
  const id = detail.run.run;
  const { stops, stays } = whatStops(detail);
  async function stop() {
    if (await giving.give({ what: "cancel", run: id, reason })) onClose();
  }
  return (
    <Dialog title="Stop this run?" open onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void stop();
        }}
      >
        {stops.length > 0 && <Points title="Stops" points={stops} />}
        <Points title="Stays" points={stays} />
        <Field label="Why (may be empty)">
          {(tied) => <Input {...tied} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Problem problem={giving.problem} />
        <Command>{`mycoder cancel ${id}`}</Command>
        <div className="dialog-actions">
          <Button onClick={onClose}>Keep it going</Button>
          <Button kind="danger" type="submit" busy={giving.busy}>
            Stop the run
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Points({ title, points }: { title: string; points: readonly string[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <ul className="run-points">
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </section>
  );
}
