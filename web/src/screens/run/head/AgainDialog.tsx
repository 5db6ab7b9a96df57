import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { send } from "../../../data/api";
import { newId } from "../../../data/id";
import type { Accepted, Outcome, RunDetail } from "../../../data/wire";
import { Button } from "../../../ui/Button";
import { Command } from "../../../ui/Command";
import { Dialog } from "../../../ui/Dialog";
import { Problem } from "../../../ui/Problem";
import { toast } from "../../../ui/toast";
import { told } from "../../../data/commands";
import { AgainInputs } from "./AgainInputs";
import { type Again, asRequest, prefilled, SCOPE, SCOPES, whyNot } from "./again";
import { againCommand } from "./cli";

/** One control for doing things again: what, filled in, and with which changes. History stays as it is. */
export default function AgainDialog({ detail, selected, onClose }: { detail: RunDetail; selected: string; onClose(): void }) {
  const [again, setAgain] = useState<Again>(() => prefilled(detail, selected));
  const { busy, problem, submit } = useAgain(detail, onClose);
  return (
    <Dialog title="Run again" open onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(again);
        }}
      >
        <fieldset className="run-scopes">
          <legend>What</legend>
          {SCOPES.map((scope) => {
            const why = whyNot(scope, detail);
            return (
              <label key={scope} className="run-scope">
                <input
                  type="radio"
                  name="scope"
                  checked={again.scope === scope}
                  disabled={!!why}
                  onChange={() => setAgain({ ...again, scope })}
                />
                <span>
                  <b>{SCOPE[scope][0]}</b>
                  <span className="quiet small">{why ? ` Not now: ${why}.` : ` ${SCOPE[scope][1]}`}</span>
                </span>
              </label>
            );
          })}
        </fieldset>
        <AgainInputs detail={detail} again={again} onChange={setAgain} />
        <Problem problem={problem} />
        <Command>{againCommand(detail.run.run, again, detail.run)}</Command>
        <div className="dialog-actions">
          <Button onClick={onClose}>Not now</Button>
          <Button kind="main" type="submit" busy={busy} disabled={!!whyNot(again.scope, detail)}>
            Run again
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The same wish sent again after a failure keeps its id, so it is carried out once. */
function useAgain({ run }: RunDetail, onDone: () => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ReturnType<typeof told> | null>(null);
  const last = useRef({ said: "", id: "" });
  const navigate = useNavigate();
  async function submit(again: Again) {
    const wish = asRequest(again, { run } as RunDetail);
    const said = JSON.stringify(wish);
    if (last.current.said !== said) last.current = { said, id: newId() };
    setBusy(true);
    setProblem(null);
    try {
      const reply = await send<Accepted | Outcome>("POST", `/runs/${run.run}/rerun`, { id: last.current.id, ...wish });
      onDone();
      if (reply.run && reply.run !== run.run) void navigate({ to: "/runs/$run", params: { run: reply.run }, search: {} });
      else toast(`${again.step} is tried again`, "good");
    } catch (error) {
      setProblem(told(error));
      setBusy(false);
    }
  }
  return { busy, problem, submit };
}
