// The state of a review: what is compared, shown, folded, viewed and commented on.

import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { newId } from "../../data/id";
import type { RunDetail } from "../../data/wire";
import type { Anchor } from "./anchor";
import { withDraft, without, type Draft } from "./drafts";
import { filtered, type ReviewFile } from "./files";
import { quoted, rowsOf } from "./rows";
import { statesOf, type ReviewSearch } from "./search";
import { toggled } from "./tree";
import { useReviewFiles } from "./useDiff";
import { useDrafts, useViewed } from "./useLocal";
import { useWide } from "../../ui/useMedia";

const route = getRouteApi("/runs/$run/review");

/** A comment being written: a new one, or another wording of one. */
interface Writing {
  at: Anchor;
  draft: Draft | null;
}

export function useReview(detail: RunDetail) {
  const run = detail.run.run;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { from, to } = statesOf(search);
  const found = useReviewFiles(run, { from, to }, !detail.run.finished_at);
  const { q = "", status = "" } = search;
  const files = useMemo(() => filtered(found.files, q, status), [found.files, q, status]);
  const wide = useWide();
  const layout = search.layout === "split" && wide ? ("split" as const) : ("unified" as const);
  const folding = useFolding(run, found.files);
  const remarks = useRemarks(run, found.files, found.diff?.from.commit ?? from, found.diff?.to.commit ?? to);
  const { closed } = folding;
  const { shown, writing } = remarks;
  const rows = useMemo(
    () => rowsOf(files, { layout, closed, drafts: shown, form: writing?.at ?? null }),
    [files, layout, closed, shown, writing],
  );
  const set = (change: Partial<ReviewSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), hash: location.hash.slice(1), replace: true });
  // Half the width is too little for lines to stand in one piece.
  const wrap = layout === "split" || Boolean(search.wrap);
  return { ...found, all: found.files, wrap, files, rows, layout, wide, from, to, search, set, ...folding, ...remarks };
}

/** What has been viewed is put away, and what has been put away can be opened again. */
function useFolding(run: string, files: readonly ReviewFile[]) {
  const [viewed, mark] = useViewed(run, files);
  const [folded, setFolded] = useState<ReadonlySet<string> | null>(null);
  const closed = folded ?? viewed;
  const fold = useCallback((path: string) => setFolded((before) => toggled(before ?? viewed, path)), [viewed]);
  const view = useCallback(
    (path: string) => {
      const file = files.find((one) => one.path === path);
      if (!file) return;
      mark(file);
      const rest = [...(folded ?? viewed)].filter((one) => one !== path);
      setFolded(new Set(viewed.has(path) ? rest : [...rest, path]));
    },
    [files, mark, viewed, folded],
  );
  return { viewed, closed, fold, view };
}

/** Comments name the two commits: what a name means may change before they are sent. */
function useRemarks(run: string, files: readonly ReviewFile[], from: string, to: string) {
  const [drafts, change] = useDrafts(run);
  const [writing, write] = useState<Writing | null>(null);
  const shown = useMemo(() => drafts.filter(({ id }) => id !== writing?.draft?.id), [drafts, writing]);
  const comment = useCallback((at: Anchor) => write({ at, draft: null }), []);
  const edit = useCallback((draft: Draft) => write({ at: draft.at, draft }), []);
  const leave = useCallback(() => write(null), []);
  const remove = useCallback((ids: ReadonlySet<string>) => change((before) => without(before, ids)), [change]);
  const keep = (text: string) => {
    if (!writing) return;
    const { at, draft } = writing;
    const file = files.find(({ path }) => path === at.path);
    const fresh = { id: newId(), at, quote: file ? quoted(file, at) : [], from, to };
    change((before) => withDraft(before, { ...(draft ?? fresh), text }));
    write(null);
  };
  return { drafts, shown, writing, comment, edit, leave, keep, remove };
}
