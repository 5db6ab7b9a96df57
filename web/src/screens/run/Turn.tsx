import { memo } from "react";
import type { ToolResult, TurnLine } from "../../data/wire";
import { briefly, duration } from "../../data/words";

/** One turn: what the model said, what it called, what came back. */
export const Turn = memo(function Turn({ turn }: { turn: TurnLine }) {
  const { message, results } = turn;
  const byCall = new Map(results.map((result) => [result.call, result]));
  return (
    <li className="turn">
      <p className="turn-head">
        Turn {turn.turn} <span className="quiet">{duration(turn.duration_s)}</span>
      </p>
      {message.content && <p className="said">{message.content}</p>}
      {message.tool_calls?.map((call) => (
        <Call key={call.id} name={call.name} args={call.arguments} result={byCall.get(call.id)} />
      ))}
    </li>
  );
});

function Call({ name, args, result }: { name: string; args: string; result?: ToolResult }) {
  const failed = (result?.exit_code ?? 0) !== 0;
  return (
    <details className="call">
      <summary>
        <code>
          <b>{name}</b> {briefly(args)}
        </code>
        {failed && <span className="exit">exit code {result?.exit_code}</span>}
      </summary>
      {/* A person who can only use the keyboard must be able to scroll it. */}
      <pre tabIndex={0} aria-label={`Output of ${name}`}>
        {result?.output || "No output."}
      </pre>
      {result?.truncated && <p className="quiet">Cut in the middle.</p>}
    </details>
  );
}
