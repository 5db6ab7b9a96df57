import { Link } from "@tanstack/react-router";
import type { DeadLine } from "../../data/wire";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";

interface Props {
  letters: readonly DeadLine[];
  picked: ReadonlySet<number>;
  onPick(picked: ReadonlySet<number>): void;
}

export function Letters({ letters, picked, onPick }: Props) {
  const now = useNow(true);
  const all = letters.every((letter) => picked.has(letter.seq));
  const toggle = (seq: number) => {
    const next = new Set(picked);
    if (!next.delete(seq)) next.add(seq);
    onPick(next);
  };
  const columns: Column<DeadLine>[] = [
    {
      name: "Letter",
      cell: (letter) => (
        <Link to="/dead" search={(search) => ({ ...search, letter: letter.seq })}>
          {letter.seq}
        </Link>
      ),
    },
    {
      name: "Picked",
      cell: (letter) => (
        <input
          type="checkbox"
          aria-label={`Pick letter ${letter.seq}`}
          checked={picked.has(letter.seq)}
          onChange={() => toggle(letter.seq)}
        />
      ),
    },
    { name: "Reason", cell: (letter) => letter.reason },
    { name: "Pool", cell: (letter) => letter.pool },
    {
      name: "Run",
      cell: (letter) =>
        letter.run && (
          <Link to="/runs/$run" params={{ run: letter.run }} search={letter.step ? { step: letter.step } : {}}>
            …{letter.run.slice(-6)} {letter.step}
          </Link>
        ),
    },
    { name: "Deliveries", cell: (letter) => letter.attempts, number: true, wide: true },
    { name: "When", cell: (letter) => <Time at={letter.at} now={now} />, wide: true },
  ];
  return (
    <>
      <label className="checkbox">
        <input
          type="checkbox"
          checked={all}
          onChange={() => onPick(all ? new Set() : new Set(letters.map((letter) => letter.seq)))}
        />
        <span>All that are shown</span>
      </label>
      <Table caption="Dead letters" columns={columns} rows={letters} keyOf={(letter) => letter.seq} />
    </>
  );
}
