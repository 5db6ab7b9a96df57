import { Button } from "../../ui/Button";
import type { ReviewSearch } from "./search";

interface Props {
  search: ReviewSearch;
  wide: boolean;
  onSet(change: Partial<ReviewSearch>): void;
}

/** How the diff is drawn. */
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
    </span>
  );
}
