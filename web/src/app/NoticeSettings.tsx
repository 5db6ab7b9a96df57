import { useState } from "react";
import { useStore } from "zustand";
import { Checkbox } from "../ui/Field";
import { NOTICE_KINDS, type NoticeKind } from "./notices";
import { allowDesktop, mute, wishes, wishFor } from "./wishes";
import { Button } from "../ui/Button";

const WORDS: Record<NoticeKind, string> = {
  needs: "A run needs me",
  failed: "A run has failed",
  done: "A run has succeeded",
  budget: "A run has spent 80 % of its money",
};

/** What the page tells of, and whether the system does too. */
export function NoticeSettings() {
  const { kinds, desktop, muted } = useStore(wishes);
  const [refused, setRefused] = useState(false);
  return (
    <section className="panel stack" aria-labelledby="notices">
      <h2 id="notices">Tell me when</h2>
      {NOTICE_KINDS.map((kind) => (
        <Checkbox key={kind} checked={kinds.includes(kind)} onChange={(event) => wishFor(kind, event.target.checked)}>
          {WORDS[kind]}
        </Checkbox>
      ))}
      <Checkbox
        checked={desktop}
        onChange={(event) => void allowDesktop(event.target.checked).then((done) => setRefused(!done))}
      >
        Also by the system’s notifications, while this tab is not looked at
      </Checkbox>
      {refused && (
        <p role="alert" className="field-problem">
          The browser does not allow it; its settings for this address can.
        </p>
      )}
      {muted.length > 0 && (
        <div className="row-of">
          <span className="quiet">{muted.length} muted</span>
          <Button onClick={() => muted.forEach((run) => mute(run, false))}>Hear of all again</Button>
        </div>
      )}
    </section>
  );
}
