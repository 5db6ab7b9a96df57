import "./dead.css";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { Screen } from "../../app/Screen";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { useLetters, type Verb } from "./data";
import { Filters } from "./Filters";
import { LetterDialog } from "./LetterDialog";
import { Letters } from "./Letters";
import { WorkDialog } from "./WorkDialog";

const route = getRouteApi("/dead");

export function DeadScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useLetters(search);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [work, setWork] = useState<{ verb: Verb; letters: number[] } | null>(null);
  const letters = list.data?.pages.flatMap((page) => page.letters) ?? [];
  const chosen = letters.filter((letter) => picked.has(letter.seq)).map((letter) => letter.seq);
  const total = list.data?.pages[0]?.total ?? 0;
  const filtered = Boolean(search.pool || search.run || search.reason);
  return (
    <Screen
      title="Dead letters"
      actions={
        letters.length > 0 && (
          <>
            <Button disabled={!chosen.length} kind="main" onClick={() => setWork({ verb: "replay", letters: chosen })}>
              Replay {chosen.length || ""}
            </Button>
            <Button disabled={!chosen.length} kind="danger" onClick={() => setWork({ verb: "drop", letters: chosen })}>
              Drop {chosen.length || ""}
            </Button>
          </>
        )
      }
    >
      <div className="stack">
        <p className="quiet">
          Messages the fleet could not handle, each with the reason. Looking changes nothing. A replay makes the fleet try
          again; the letter goes once that is stored.
        </p>
        <Filters search={search} pools={list.data?.pages[0]?.pools ?? {}} />
        <Problem problem={list.error} onRetry={() => void list.refetch()} />
        {list.isPending && <Skeleton lines={4} />}
        {list.data && !letters.length && (
          <Empty title={filtered ? "No letter fits the filter" : "No dead letters"}>
            <p className="quiet">
              {filtered ? "Take a filter away to see others." : "Everything that was handed to the fleet could be handled."}
            </p>
          </Empty>
        )}
        {letters.length > 0 && (
          <>
            <p className="quiet">{plural(total, "letter")}</p>
            <Letters letters={letters} picked={picked} onPick={setPicked} />
          </>
        )}
        {list.hasNextPage && (
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        )}
      </div>
      {search.letter !== undefined && (
        <LetterDialog
          seq={search.letter}
          onClose={() => void navigate({ search: (now) => ({ ...now, letter: undefined }) })}
        />
      )}
      {work && (
        <WorkDialog
          {...work}
          onClose={(done) => {
            setWork(null);
            if (done) setPicked(new Set());
          }}
        />
      )}
    </Screen>
  );
}
