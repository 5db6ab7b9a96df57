import { Ansi } from "../../../ui/Ansi";

const SHOWN_CHARS = 6_000;

/** What the model is saying and a command is printing right now; the turn that follows brings the whole. */
export function LiveRow({ live }: { live: Readonly<Record<string, string>> }) {
  const { delta = "", output = "" } = live;
  return (
    <div className="live">
      <p className="quiet small">Right now</p>
      {delta && <p className="turn-said">{delta.slice(-SHOWN_CHARS)}</p>}
      {output && (
        <pre className="out">
          <Ansi text={output.slice(-SHOWN_CHARS)} />
        </pre>
      )}
    </div>
  );
}
