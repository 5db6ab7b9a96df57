import { useState } from "react";
import { useStore } from "../../data/store";
import { Button } from "../../ui/Button";
import { Input } from "../../ui/Field";
import { parseSide, type Side } from "./sides";

/** One more run, by its id or picked from the newest. */
export function AddSide({ onAdd }: { onAdd(side: Side): void }) {
  const [text, setText] = useState("");
  const runs = useStore((state) => state.runs);
  const add = (event: React.FormEvent) => {
    event.preventDefault();
    const side = parseSide(text);
    if (side.run) onAdd(side);
    setText("");
  };
  return (
    <form className="row-of" onSubmit={add}>
      <Input
        className="compare-add"
        aria-label="Run to add"
        placeholder="Run, RUN:step or RUN:step:attempt"
        list="compare-runs"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <datalist id="compare-runs">
        {runs?.slice(0, 50).map(({ run, task, status }) => (
          <option key={run} value={run} label={`${status}: ${task.slice(0, 60)}`} />
        ))}
      </datalist>
      <Button type="submit" disabled={!parseSide(text).run}>
        Add to the comparison
      </Button>
    </form>
  );
}
