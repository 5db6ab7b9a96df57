import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { address } from "../../../data/api";
import { useStore } from "../../../data/store";
import type { RunDetail, StepLine } from "../../../data/wire";
import { Checkbox, Input } from "../../../ui/Field";
import { Problem } from "../../../ui/Problem";
import { Rows, type RowsHandle } from "../../../ui/Rows";
import { Skeleton } from "../../../ui/Skeleton";
import { Ends } from "../log/Ends";
import { ofStep } from "../log/filters";
import { useLog } from "../log/useLog";
import { useSearch } from "../route";
import { conversation, findAsked } from "./conversation";
import { ItemRow } from "./ItemRow";
import { LiveRow } from "./LiveRow";
import { holds } from "./search";
import { useKept } from "./useKept";

const ROW_PX = 90;

/** What the step said and did, from its end back to its beginning, and what it does right now. */
export function Conversation({ detail, step }: { detail: RunDetail; step: StepLine }) {
  const run = detail.run.run;
  const { turn, attempt, event } = useSearch();
  const filters = useMemo(() => ofStep(step.step), [step.step]);
  const { window, reading, problem, ready, origin, more } = useLog(run, filters, turn ? event : undefined);
  const live = useStore((state) => state.live[step.step]);
  const [wrap, setWrap] = useKept("step.wrap", true);
  const [looked, setLooked] = useState("");
  const [follows, setFollows] = useState(true);
  const proofs = useMemo(() => detail.proofs.filter((proof) => proof.step === step.step), [detail.proofs, step.step]);
  const all = useMemo(() => conversation(window.events, step.attempts, proofs), [window.events, step.attempts, proofs]);
  const items = useMemo(() => all.filter((item) => holds(item, looked)), [all, looked]);
  const rows = useRef<RowsHandle>(null);
  const onStart = useCallback(() => more("before"), [more]);
  const onEnd = useCallback(() => more("after"), [more]);
  const shownLive = live && !looked && step.state === "running" ? live : undefined;
  const count = items.length + (shownLive ? 1 : 0);
  const begin = findAsked(items, turn, attempt);
  const missed = (turn || attempt) && begin < 0 && ready && window.before && !reading && !looked;
  useEffect(() => {
    if (missed) more("before"); // as far back as the link points
  }, [missed, more]);
  if (!ready && !problem) return <Skeleton lines={6} label="Reading what the step did" />;
  return (
    <div className={wrap ? "talk" : "talk talk-unwrapped"}>
      <div className="row-of talk-bar">
        <Input
          type="search"
          aria-label={`Look for text in ${step.step}`}
          placeholder="Look for text"
          data-look
          value={looked}
          onChange={(event) => setLooked(event.target.value)}
        />
        <Checkbox checked={wrap} onChange={(event) => setWrap(event.target.checked)}>
          Wrap
        </Checkbox>
        <span className="row-of">
          <Ends window={window} more={more} rows={rows} follows={follows} />
          <a
            className="button button-bare"
            href={address(`/runs/${run}/steps/${step.step}/output`)}
            download={`${step.step}.txt`}
          >
            Download output
          </a>
        </span>
      </div>
      <Problem problem={problem} onRetry={() => more(ready ? "before" : "end")} />
      {count === 0 && <p className="quiet talk-empty">{empty(step, looked)}</p>}
      {count > 0 && (
        <Rows
          key={`${origin.count} ${turn ?? ""} ${attempt ?? ""} ${begin >= 0}`}
          className="talk-rows"
          label={`What ${step.step} said and did`}
          handle={rows}
          count={count}
          keyOf={(index) => keyOf(items[index])}
          estimate={ROW_PX}
          beginAt={origin.way === "begin" ? 0 : begin}
          onStart={onStart}
          onEnd={onEnd}
          isEnd={!window.after}
          onFollow={setFollows}
          row={(index) => {
            const item = items[index];
            if (item) return <ItemRow item={item} looked={looked} picked={index === begin} />;
            return shownLive ? <LiveRow live={shownLive} /> : null;
          }}
        />
      )}
    </div>
  );
}

function keyOf(item: ReturnType<typeof conversation>[number] | undefined): string {
  if (!item) return "live";
  return `${item.seq} ${item.what} ${item.what === "heard" ? item.ask : item.what === "evidence" ? item.evidence.id : ""}`;
}

function empty(step: StepLine, looked: string): string {
  if (looked) return "Nothing that was read so far holds this text.";
  return step.attempts.length ? "Nothing has been said yet." : "Nobody has taken this step yet.";
}
