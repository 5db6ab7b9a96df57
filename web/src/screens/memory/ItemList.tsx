import { Link } from "@tanstack/react-router";
import type { Item } from "../../data/wire";
import { Chip } from "../../ui/Chip";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { SCOPE } from "./Filters";
import { nameOf } from "./search";

export function ItemList({ items, onOpen }: { items: readonly Item[]; onOpen(name: string): void }) {
  const now = useNow(true);
  return (
    <ul className="plain-list memory-list" aria-label="Items">
      {items.map((item) => {
        const name = nameOf({ ...item, quarantined: item.quarantined });
        return (
          <li key={name}>
            <Link
              to="/memory"
              search={(search) => ({ ...search, item: name })}
              className="memory-key"
              onClick={(event) => {
                event.preventDefault();
                onOpen(name);
              }}
            >
              {item.key}
            </Link>
            <span className="row-of small quiet">
              {SCOPE[item.scope]}
              {item.owner && <span title={item.owner}>{shortened(item.owner)}</span>}
              {item.tags.map((tag) => (
                <Chip key={tag}>{tag}</Chip>
              ))}
              {item.quarantined && <Chip tone="warn">Waits for approval</Chip>}
              {!item.trusted && !item.quarantined && <Chip tone="held">Not checked by a person</Chip>}
              <Time at={item.updated_at} now={now} />
            </span>
            <p className="clamp-2 memory-lines">{item.text}</p>
            {item.why && <p className="small quiet">{item.why}</p>}
          </li>
        );
      })}
    </ul>
  );
}

/** A project is named by the hash of its first commit: its beginning is enough to tell it from others. */
function shortened(owner: string): string {
  return owner.replace(/\b([0-9a-f]{12})[0-9a-f]{28}\b/, "$1");
}
