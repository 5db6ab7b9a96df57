import "./KeySheet.css";
import { useStore } from "zustand";
import { Dialog } from "../ui/Dialog";
import { Checkbox } from "../ui/Field";
import { KeyHint } from "../ui/KeyHint";
import { allowLetters, bound } from "./keys";

/** Every key that does something just now. */
export function KeySheet({ open, onClose }: { open: boolean; onClose(): void }) {
  const { groups, letters } = useStore(bound);
  return (
    <Dialog title="Keyboard" open={open} onClose={onClose}>
      {[...groups].reverse().map(({ name, keys }) => (
        <section key={name} aria-label={name}>
          <h3>{name}</h3>
          <dl className="key-sheet">
            {keys.map((key) => (
              <div key={key.keys}>
                <dt>
                  <KeyHint keys={key.keys} />
                </dt>
                <dd>{key.words}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <Checkbox checked={letters} onChange={(event) => allowLetters(event.target.checked)}>
        Keys without Ctrl or Command work
      </Checkbox>
    </Dialog>
  );
}
