import { Button } from "../../ui/Button";
import { KeyHint } from "../../ui/KeyHint";
import { Popover } from "../../ui/Popover";
import type { ReviewSearch } from "./search";
import { KEYS } from "./useReviewKeys";

interface Props {
  search: ReviewSearch;
  wide: boolean;
  onSet(change: Partial<ReviewSearch>): void;
}

/** How the diff is drawn, and its keys. */
export function Looks({ search, wide, onSet }: Props) {
  return (
    <span className="review-looks">
      {wide && (
        <Button aria-pressed={search.layout === "split"} onClick={() => onSet({ layout: search.layout ? undefined : "split" })}>
          Side by side
        </Button>
      )}
      <Button aria-pressed={search.wrap ?? false} disabled={wide && search.layout === "split"} onClick={() => onSet({ wrap: search.wrap ? undefined : true })}>
        Wrap
      </Button>
      <Popover label="Keys of this screen" button={<Button>Keys</Button>}>
        <dl className="review-keys">
          {KEYS.map(([keys, words]) => (
            <div key={keys}>
              <dt>
                <KeyHint keys={keys} />
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
      </Popover>
    </span>
  );
}
