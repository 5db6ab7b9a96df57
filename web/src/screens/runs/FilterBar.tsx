import "./filters.css";
import { useEffect, useRef, useState } from "react";
import { useKeys } from "../../app/useKeys";
import type { RunPage } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Input } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { FacetButton } from "./FacetButton";
import { FACET_WORDS, FACETS, isFiltered, toggled, valuesOf } from "./filters";
import type { RunsSearch } from "./search";
import { wordsOf } from "./wordsOf";

const TYPED_MS = 250;

interface Props {
  search: RunsSearch;
  facets: RunPage["facets"];
  onChange(search: RunsSearch): void;
}

export function FilterBar({ search, facets, onChange }: Props) {
  const chosen = FACETS.flatMap((facet) => valuesOf(search, facet).map((value) => ({ facet, value })));
  return (
    <div className="filters" role="search" aria-label="Filter the runs">
      <WordsInput text={search.text ?? ""} onChange={(text) => onChange({ ...search, text: text || undefined })} />
      {FACETS.map((facet) => (
        <FacetButton
          key={facet}
          facet={facet}
          counts={facets[facet] ?? {}}
          chosen={valuesOf(search, facet)}
          onToggle={(value) => onChange(toggled(search, facet, value))}
        />
      ))}
      {chosen.map(({ facet, value }) => (
        <button
          key={`${facet} ${value}`}
          type="button"
          className="filter-chip"
          aria-label={`Without the filter ${FACET_WORDS[facet]}: ${wordsOf(facet, value)}`}
          onClick={(event) => {
            (event.currentTarget.nextElementSibling as HTMLElement | null)?.focus(); // it goes with its filter
            onChange(toggled(search, facet, value));
          }}
        >
          {FACET_WORDS[facet]}: {wordsOf(facet, value)} <Icon name="close" size={12} />
        </button>
      ))}
      {isFiltered(search) && (
        <Button kind="bare" onClick={() => onChange({})}>
          Clear
        </Button>
      )}
    </div>
  );
}

/** Follows the address, and changes it a moment after the last letter. */
function WordsInput({ text, onChange }: { text: string; onChange(text: string): void }) {
  const [typed, setTyped] = useState(text);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onChange(typed), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useKeys("Filter", [{ keys: "/", words: "Filter by words", run: () => input.current?.select() }]);
  return (
    <Input
      ref={input}
      type="search"
      className="filter-words"
      aria-label="Words of the task, or the beginning of an id"
      placeholder="Filter by words"
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
    />
  );
}
