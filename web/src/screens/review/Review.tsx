import { useCallback, useRef, useState } from "react";
import type { Checkpoints, RunDetail } from "../../data/wire";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { Bases } from "./Bases";
import { Take, Verdict } from "./Beside";
import { DiffView, type DiffHandle } from "./DiffView";
import { FileHead } from "./FileHead";
import { FileList } from "./FileList";
import type { ReviewFile } from "./files";
import { PlusMinus } from "./PlusMinus";
import { CommentForm, DraftCard } from "./Remark";
import { rowAt, type Row } from "./rows";
import { SendPanel } from "./SendPanel";
import { Looks } from "./Looks";
import { useCursor } from "./useCursor";
import { useReview } from "./useReview";
import { isLine, useReviewKeys } from "./useReviewKeys";

interface Props {
  detail: RunDetail;
  checkpoints: Checkpoints;
}

export function Review({ detail, checkpoints }: Props) {
  const review = useReview(detail);
  const { files, rows, fold, view, comment, widen, viewed, closed, writing, drafts } = review;
  const run = detail.run.run;
  const [pane, setPane] = useState<"files" | "beside" | null>(null);
  const handle = useRef<DiffHandle>(null);
  const show = useCallback((index: number) => handle.current?.to(index), []);
  const { cursor, go, move } = useCursor(files, rows, show);
  const current = files[rows[cursor.index]?.file ?? 0]?.path ?? "";

  const open = (path: string, side: "old" | "new" = "new", line = 0) => {
    setPane(null);
    back(() => go(rowAt(files, rows, { path, side, first: line, last: line })));
  };
  /** What had the focus is gone afterwards: it goes to the diff. */
  const back = (act: () => void) => {
    act();
    handle.current?.focus();
  };
  useReviewKeys({
    move: (...to) => back(() => move(...to)),
    view: () => view(current),
    fold: () => fold(current),
    comment: () => cursor.picked && comment(cursor.picked),
    filter: () => (review.wide ? document.getElementById("review-filter")?.focus() : setPane("files")),
  });
  const fileHead = useCallback(
    (file: ReviewFile) => (
      <FileHead
        run={run}
        at={review.to}
        file={file}
        closed={closed.has(file.path)}
        viewed={viewed.has(file.path)}
        onFold={fold}
        onView={view}
        onWhole={widen}
        onComment={(path) => comment({ path, side: "new", first: 0, last: 0 })}
      />
    ),
    [run, review.to, closed, viewed, fold, view, widen, comment],
  );
  const remark = (row: Row) => {
    if (row.type === "form" && writing)
      return (
        <CommentForm
          at={writing.at}
          text={writing.draft?.text ?? ""}
          onSave={(text) => back(() => review.keep(text))}
          onCancel={() => back(review.leave)}
        />
      );
    const draft = row.type === "draft" && drafts.find(({ id }) => id === row.draft);
    const drop = (id: string) => back(() => review.remove(new Set([id])));
    return draft ? <DraftCard draft={draft} onEdit={() => review.edit(draft)} onDelete={() => drop(draft.id)} /> : null;
  };

  const list = (
    <FileList
      files={files}
      total={review.all.length}
      more={review.diff?.more ?? false}
      viewed={viewed}
      commented={new Set(drafts.map(({ at }) => at.path))}
      current={current}
      filter={{ q: review.search.q ?? "", status: review.search.status ?? "" }}
      onFilter={review.set}
      onOpen={open}
    />
  );
  const beside = (
    <div className="stack review-beside-inside">
      <section aria-label="Your comments">
        <h2>Your comments</h2>
        <SendPanel
          detail={detail}
          checkpoints={checkpoints}
          drafts={drafts}
          onSent={review.remove}
          onShow={({ at }) => open(at.path, at.side, at.first)}
        />
      </section>
      <Verdict detail={detail} />
      <Take run={run} from={review.from} to={review.to} finished={detail.run.status === "succeeded"} />
    </div>
  );
  const newest = checkpoints.checkpoints.findLast(({ name }) => name === checkpoints.newest);
  const behind = review.to === "newest" && review.diff && newest && newest.commit !== review.diff.to.commit;
  return (
    <>
      <div className="review-bar">
        <Bases checkpoints={checkpoints} from={review.from} to={review.to} onPick={(from, to) => review.set({ from, to, step: undefined })} />
        {review.diff && review.ready && (
          <span className="review-totals" role="status">
            {plural(review.diff.totals.files, "file")} <PlusMinus {...review.diff.totals} />
          </span>
        )}
        {behind && <Button onClick={review.refresh}>The code has moved on: show the newest</Button>}
        <Looks search={review.search} wide={review.wide} onSet={review.set} />
        {!review.wide && <Button onClick={() => setPane("files")}>Files ({files.length})</Button>}
        {!review.wide && <Button onClick={() => setPane("beside")}>Result and comments ({drafts.length})</Button>}
        {cursor.picked && cursor.picked.first > 0 && !writing && (
          <Button kind="main" onClick={() => cursor.picked && comment(cursor.picked)}>
            Comment on {plural(cursor.picked.last - cursor.picked.first + 1, "line")}
          </Button>
        )}
      </div>
      <Problem problem={review.error} onRetry={review.refresh} />
      {!review.ready && !review.error && <Skeleton lines={12} label="Loading the changes" />}
      {review.ready && review.all.length === 0 && <Empty title="Nothing differs between these two states" />}
      {review.ready && review.all.length > 0 && (
        <div className="review-panes">
          {review.wide && <div className="review-side">{list}</div>}
          <DiffView
            files={files}
            rows={rows}
            layout={review.layout}
            wrap={review.wrap}
            cursor={cursor.index}
            picked={cursor.picked}
            onPick={(index, side, extend) => go(index, extend, side)}
            onStep={(step, extend) => move(step, isLine, extend)}
            fileHead={fileHead}
            remark={remark}
            handle={handle}
          />
          {review.wide && <aside className="review-beside" aria-label="Result and comments">{beside}</aside>}
        </div>
      )}
      <Dialog title="Changed files" open={pane === "files"} onClose={() => setPane(null)}>
        {list}
      </Dialog>
      <Dialog title="Result and comments" open={pane === "beside"} onClose={() => setPane(null)}>
        {beside}
      </Dialog>
    </>
  );
}
