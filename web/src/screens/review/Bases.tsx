import type { Checkpoints } from "../../data/wire";
import { Select } from "../../ui/Field";
import { choices, presetsOf } from "./presets";

interface Props {
  checkpoints: Checkpoints;
  from: string;
  to: string;
  onPick(from: string, to: string): void;
}

/** Which two states are compared: a common pair by name, or any two. */
export function Bases({ checkpoints, from, to, onPick }: Props) {
  const presets = presetsOf(checkpoints);
  const at = presets.findIndex((preset) => preset.from === from && preset.to === to);
  const own: [string, string][] = at < 0 ? [["-1", "Two states of your choice"]] : [];
  const options = choices(checkpoints);
  return (
    <>
      <Select
        aria-label="What to compare"
        value={String(at)}
        options={[...own, ...presets.map(({ words }, index): [string, string] => [String(index), words])]}
        onPick={(index) => {
          const preset = presets[Number(index)];
          if (preset) onPick(preset.from, preset.to);
        }}
      />
      <span className="review-states">
        <Select aria-label="From" value={from} options={including(options, from)} onPick={(name) => onPick(name, to)} />
        <span aria-hidden="true">→</span>
        <Select aria-label="To" value={to} options={including(options, to)} onPick={(name) => onPick(from, name)} />
      </span>
    </>
  );
}

function including(options: readonly [string, string][], name: string): readonly [string, string][] {
  return options.some(([known]) => known === name) ? options : [...options, [name, name]];
}
