import { memo } from "react";
import { duration, sentence, tests } from "../../../data/words";
import type { Item } from "./conversation";
import { holds as proves } from "../log/filters";
import { CHECKS } from "./checks";
import { Said } from "./Said";
import { TurnItem } from "./TurnItem";

/** One thing that happened in a step. */
export const ItemRow = memo(function ItemRow({ item, looked, picked }: { item: Item; looked: string; picked: boolean }) {
  return <div className={picked ? "item item-picked" : "item"}>{bodyOf(item, looked)}</div>;
});

function bodyOf(item: Item, looked: string) {
  switch (item.what) {
    case "attempt":
      return (
        <p className={item.superseded ? "mark mark-superseded" : "mark"}>
          <b>Attempt {item.attempt}</b>
          {item.round > 1 && ` · round ${item.round}`} · {item.worker}
          {item.superseded && ` · ${item.outcome || "replaced"}, superseded by a later attempt`}
        </p>
      );
    case "prompt":
      return <Prompt item={item} />;
    case "heard":
      return (
        <div className="heard">
          <p className="small">
            <b>{item.by || "Somebody"}</b> <span className="quiet">· heard in turn {item.turn}</span>
          </p>
          <p className="heard-text">{item.text}</p>
        </div>
      );
    case "turn":
      return <TurnItem turn={item.turn} superseded={item.superseded} open={!!looked} />;
    case "course":
      return (
        <p className="mark mark-warn">
          Changed its course ({item.action.replace("_", " ")}): {sentence(item.reason)}
        </p>
      );
    case "question":
      return <p className="mark mark-warn">Waits for a person: {sentence(item.question.text || item.question.kind)}</p>;
    case "evidence":
      return (
        <p className={proves(item.evidence) ? "mark mark-good" : "mark mark-bad"}>
          {proves(item.evidence) ? "✓" : "✕"} Checked that {CHECKS[item.evidence.check]}, on tree{" "}
          <code>{item.evidence.tree.slice(0, 10)}</code>: {tests(item.evidence.tests)} in {duration(item.evidence.duration_s)}
        </p>
      );
    case "released":
      return <p className="mark">Attempt {item.attempt} was given back ({item.reason}); another one goes on.</p>;
    case "done":
      return (
        <div className="mark mark-good">
          <b>✓ Done</b>
          {item.summary && <Said text={item.summary} />}
        </div>
      );
    case "failed":
      return (
        <p className="mark mark-bad">
          <b>✕ Failed:</b> {sentence(item.failure.message)}
        </p>
      );
  }
}

function Prompt({ item }: { item: Extract<Item, { what: "prompt" }> }) {
  return (
    <>
      {item.notes.map((note) => (
        <p key={note} className="run-note">
          {note}
        </p>
      ))}
      <details className="prompt">
        <summary>What it was told at the beginning</summary>
        <ul className="run-points quiet small">
          {item.applied.map((what) => (
            <li key={what}>{what}</li>
          ))}
        </ul>
        {item.messages.map((message, at) => (
          <div key={at}>
            <p className="quiet small">{message.role}</p>
            <pre tabIndex={0} className="out">
              {message.content}
            </pre>
          </div>
        ))}
      </details>
    </>
  );
}
