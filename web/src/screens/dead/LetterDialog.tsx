import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { bytes } from "../../data/units";
import type { DeadDetail } from "../../data/wire";
import { sentence } from "../../data/words";
import { Button } from "../../ui/Button";
import { Command } from "../../ui/Command";
import { Dialog } from "../../ui/Dialog";
import { Fact, Facts } from "../../ui/Facts";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { useLetter, type Verb } from "./data";
import { WorkDialog } from "./WorkDialog";

export function LetterDialog({ seq, onClose }: { seq: number; onClose(): void }) {
  const letter = useLetter(seq);
  const [verb, setVerb] = useState<Verb | null>(null);
  if (verb) return <WorkDialog verb={verb} letters={[seq]} onClose={(done) => (done ? onClose() : setVerb(null))} />;
  return (
    <Dialog title={`Letter ${seq}`} open onClose={onClose}>
      <Problem problem={letter.error} />
      {letter.isPending && <Skeleton lines={5} />}
      {letter.data && <Inside detail={letter.data} onVerb={setVerb} />}
    </Dialog>
  );
}

function Inside({ detail, onVerb }: { detail: DeadDetail; onVerb(verb: Verb): void }) {
  const { letter, payload, cut, action, why } = detail;
  const now = useNow(true);
  return (
    <div className="stack">
      <p>{sentence(letter.reason)}</p>
      <Facts>
        <Fact name="Pool">{letter.pool}</Fact>
        <Fact name="Run">
          {letter.run && (
            <Link to="/runs/$run" params={{ run: letter.run }}>
              {letter.run}
            </Link>
          )}
        </Fact>
        <Fact name="Step">{letter.step}</Fact>
        <Fact name="Deliveries">{letter.attempts}</Fact>
        <Fact name="Kept">
          <Time at={letter.at} now={now} />
        </Fact>
        <Fact name="Subject">
          <code>{letter.subject}</code>
        </Fact>
        <Fact name="Size">{bytes(letter.size)}</Fact>
      </Facts>
      <p>
        <b>A replay now: </b>
        {sentence(why)}
      </p>
      <details>
        <summary>Payload{cut ? ", its beginning" : ""}</summary>
        <pre className="dead-payload" tabIndex={0} aria-label="Payload">
          {pretty(payload)}
        </pre>
      </details>
      <Command>{`mycoder dead replay ${letter.seq} --yes`}</Command>
      <div className="row-of">
        <Button kind="main" disabled={action === "none"} onClick={() => onVerb("replay")}>
          Replay
        </Button>
        <Button kind="danger" onClick={() => onVerb("drop")}>
          Drop
        </Button>
      </div>
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // cut, or no JSON at all: shown as it is
  }
}
