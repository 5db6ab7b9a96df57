import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Popover } from "../../ui/Popover";
import { FACET_WORDS, type Facet } from "./filters";
import { wordsOf } from "./wordsOf";

interface Props {
  facet: Facet;
  /** How many runs each value would list. */
  counts: Record<string, number>;
  chosen: string[];
  onToggle(value: string): void;
}

export function FacetButton({ facet, counts, chosen, onToggle }: Props) {
  const gone = chosen.filter((value) => !(value in counts)).map((value): [string, number] => [value, 0]);
  const values = [...Object.entries(counts).filter(([value]) => value), ...gone];
  const words = FACET_WORDS[facet];
  return (
    <Popover
      label={`Filter by ${words.toLowerCase()}`}
      button={
        <Button className="filter-button">
          {words}
          <Icon name="down" size={12} />
        </Button>
      }
    >
      {values.length === 0 && <p className="quiet">No run has one.</p>}
      <ul className="plain-list filter-values">
        {values.map(([value, count]) => (
          <li key={value}>
            <Checkbox checked={chosen.includes(value)} onChange={() => onToggle(value)}>
              {wordsOf(facet, value)} <span className="quiet numbers">{count}</span>
            </Checkbox>
          </li>
        ))}
      </ul>
    </Popover>
  );
}
