import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Checkpoints, RunDetail } from "../../data/wire";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Problem } from "../../ui/Problem";
import { toast } from "../../ui/toast";
import { placeWords } from "./anchor";
import type { Draft } from "./drafts";
import type { Sending } from "./targets";
import { useSending } from "./useSending";

interface Props {
  detail: RunDetail;
  checkpoints: Checkpoints;
  drafts: readonly Draft[];
  onSent(ids: ReadonlySet<string>): void;
  onShow(draft: Draft): void;
}

/** The comments that were not sent yet, who is going to hear them, and the button that sends them. */
export function SendPanel({ detail, checkpoints, drafts, onSent, onShow }: Props) {
  const { sending, busy, problem, go } = useSending({ detail, checkpoints, drafts, onSent });
  const [sure, setSure] = useState(false);
  const navigate = useNavigate();
  if (!drafts.length) return <p className="quiet small">No comments yet. Pick a line and press c, or the pencil of a file.</p>;
  const send = async (wanted: Sending) => {
    if (wanted.rerun && !sure) return setSure(true);
    const accepted = await go(wanted);
    setSure(false);
    if (accepted) await navigate({ to: "/runs/$run", params: { run: accepted.run } });
    else if (wanted.messages.length) toast(`Sent to ${wanted.messages.map(({ step }) => step).join(", ")}`, "good");
  };
  return (
    <div className="stack">
      <ul className="plain-list review-drafts">
        {drafts.map((draft) => (
          <li key={draft.id}>
            <button type="button" className="review-draft" onClick={() => onShow(draft)}>
              <span className="quiet small">
                {draft.at.path}, {placeWords(draft.at)}
              </span>
              <span className="clamp-2">{draft.text}</span>
            </button>
          </li>
        ))}
      </ul>
      {sending && <Hearers sending={sending} />}
      <Problem problem={problem} />
      {sending && (sending.messages.length > 0 || sending.rerun) && (
        <Button kind="main" busy={busy} onClick={() => void send(sending)}>
          {words(sending, sure)}
        </Button>
      )}
    </div>
  );
}

function words({ rerun, messages }: Sending, sure: boolean): string {
  if (rerun) return sure ? "Yes, start the new run" : "Start a new run with the comments";
  const count = messages.reduce((sum, { drafts }) => sum + drafts.length, 0);
  return `Send ${plural(count, "comment")}`;
}

function Hearers({ sending }: { sending: Sending }) {
  const { messages, rerun, stuck } = sending;
  return (
    <ul className="review-hearers small">
      {messages.map(({ step, why, drafts }) => (
        <li key={step}>
          {plural(drafts.length, "comment")} to <b>{step}</b>: {why}.
        </li>
      ))}
      {rerun && (
        <li>
          This run has ended: a new run goes on from <b>{rerun.step}</b>, with what it had done and the comments as part of its task.
        </li>
      )}
      {stuck.length > 0 && <li>{plural(stuck.length, "comment")} can be sent when the run has ended: no step can hear now.</li>}
    </ul>
  );
}
