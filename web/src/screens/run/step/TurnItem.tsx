import { useState } from "react";
import type { Event, ToolCall, ToolResult } from "../../../data/wire";
import { briefly, duration } from "../../../data/words";
import { Ansi } from "../../../ui/Ansi";
import { Button } from "../../../ui/Button";
import { grouped } from "../grouped";
import { Said } from "./Said";
import { excerpt, isShort } from "./excerpt";
import { pretty, saysAll } from "./args";

interface Props {
  turn: Extract<Event, { kind: "step.turn" }>;
  superseded: boolean;
  /** Show everything: somebody looks for text. */
  open: boolean;
}

/** One turn: what the model said, what it called, what came back. */
export function TurnItem({ turn, superseded, open }: Props) {
  const { message, results, usage } = turn;
  const byCall = new Map(results.map((result) => [result.call, result]));
  return (
    <article className={superseded ? "turn turn-superseded" : "turn"} aria-label={`Turn ${turn.turn}`}>
      <p className="turn-head small">
        <b>Turn {turn.turn}</b>
        <span className="quiet numbers">
          {duration(turn.duration_s)} · {grouped(usage.input_tokens)} in, {grouped(usage.output_tokens)} out
        </span>
        {superseded && <span className="quiet">taken back</span>}
      </p>
      {message.reasoning?.text && (
        <details>
          <summary className="quiet small">What it thought</summary>
          <p className="turn-said quiet">{message.reasoning.text}</p>
        </details>
      )}
      {message.content && <Said text={message.content} />}
      {message.tool_calls?.map((call) => (
        <Call key={call.id} call={call} result={byCall.get(call.id)} open={open} />
      ))}
    </article>
  );
}

const BRIEF = 160;

function Call({ call, result, open }: { call: ToolCall; result: ToolResult | undefined; open: boolean }) {
  const [whole, setWhole] = useState(false);
  const failed = (result?.exit_code ?? 0) !== 0;
  const { text, left } = excerpt(result?.output ?? "", whole || open);
  const made = result?.arguments || call.arguments;
  const brief = briefly(made, BRIEF);
  return (
    <details className="call" open={open || failed || isShort(result?.output ?? "") || undefined}>
      <summary>
        <code>
          <b>{call.name}</b> {brief}
        </code>
        {result?.arguments && <span className="small">changed by a person</span>}
        {failed && <span className="call-exit small">exit code {result?.exit_code}</span>}
        {!result && <span className="quiet small">not carried out</span>}
      </summary>
      {!saysAll(brief, made) && <pre className="call-args">{pretty(made)}</pre>}
      {result && (
        <pre className="out" tabIndex={0} aria-label={`Output of ${call.name}`}>
          {text ? <Ansi text={text} /> : "No output."}
        </pre>
      )}
      {left > 0 && (
        <Button kind="bare" onClick={() => setWhole(true)}>
          Show {left} more lines
        </Button>
      )}
      {result?.truncated && <p className="quiet small">Cut in the middle when it was stored.</p>}
    </details>
  );
}
