import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { useStore as useZustand } from "zustand";
import { useStore } from "../data/store";
import { standing } from "../data/words";
import { KeyHint } from "../ui/KeyHint";
import { StatusChip } from "../ui/StatusChip";
import { offered, PROMPT, type Action } from "./palette";

const RECENT = 30;

interface Props {
  /** What is looked for. */
  text: string;
  onText(text: string): void;
  onClose(): void;
}

/** Every place, every action that makes sense here, and the latest runs. */
export default function Palette({ text, onText, onClose }: Props) {
  const groups = useZustand(offered);
  const runs = useStore((state) => state.runs) ?? [];
  const navigate = useNavigate();
  function pick(run: () => void) {
    onClose();
    run();
  }
  return (
    <Command label="Go to or do" loop>
      <Command.Input placeholder={PROMPT} value={text} onValueChange={onText} autoFocus />
      <Command.List>
        <Command.Empty>Nothing is called like that.</Command.Empty>
        {[...groups].reverse().map(({ name, actions }) => (
          <Command.Group key={name} heading={name}>
            {actions.map((action) => (
              <Entry key={action.words} action={action} onPick={() => pick(action.run)} />
            ))}
          </Command.Group>
        ))}
        <Command.Group heading="Latest runs">
          {runs.slice(0, RECENT).map((line) => (
            <Command.Item
              key={line.run}
              value={line.run}
              keywords={[line.task, standing(line)]}
              onSelect={() => pick(() => void navigate({ to: "/runs/$run", params: { run: line.run } }))}
            >
              <span className="clamp-1">{line.task}</span>
              <StatusChip run={line} />
            </Command.Item>
          ))}
        </Command.Group>
      </Command.List>
    </Command>
  );
}

function Entry({ action, onPick }: { action: Action; onPick(): void }) {
  return (
    <Command.Item value={action.words} keywords={action.also ? [action.also] : []} onSelect={onPick}>
      <span>{action.words}</span>
      {action.keys && <KeyHint keys={action.keys} />}
    </Command.Item>
  );
}
