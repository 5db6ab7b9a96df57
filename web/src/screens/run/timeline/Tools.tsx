import { duration } from "../../../data/words";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Field";
import type { Row } from "./segments";
import { DOING, sums } from "./words";

interface Props {
  rows: readonly Row[];
  now: number;
  fold: boolean;
  magnified: number;
  onFold(fold: boolean): void;
  /** 0: the whole run. */
  onMagnify(by: number): void;
}

/** What the bars mean and add up to, and how they are shown. */
export function Tools({ rows, now, fold, magnified, onFold, onMagnify }: Props) {
  const whole = rows.filter(({ attempt }) => attempt === 0);
  return (
    <div className="time-tools">
      <ul className="time-legend" aria-label="What the time was spent on, all steps together">
        {sums(whole, now).map(([doing, seconds]) => (
          <li key={doing}>
            <span className={`time-mark time-${doing}`} aria-hidden="true" /> {DOING[doing]}{" "}
            <span className="quiet numbers">{duration(seconds)}</span>
          </li>
        ))}
      </ul>
      <span className="row-of">
        <Checkbox checked={fold} onChange={(event) => onFold(event.target.checked)}>
          Fold idle time
        </Checkbox>
        <Button kind="bare" aria-label="Closer" onClick={() => onMagnify(1.6)}>
          +
        </Button>
        <Button kind="bare" aria-label="Further away" disabled={magnified <= 1} onClick={() => onMagnify(1 / 1.6)}>
          −
        </Button>
        <Button kind="bare" disabled={magnified <= 1} onClick={() => onMagnify(0)}>
          Whole run
        </Button>
      </span>
    </div>
  );
}
