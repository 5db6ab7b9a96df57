import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { IconButton } from "../../ui/IconButton";
import { STATUS_WORDS, type ReviewFile } from "./files";
import { PlusMinus } from "./PlusMinus";

interface Props {
  run: string;
  at: string;
  file: ReviewFile;
  closed: boolean;
  viewed: boolean;
  onFold(path: string): void;
  onView(path: string): void;
  onWhole(path: string): void;
  onComment(path: string): void;
}

export const FileHead = memo(function FileHead(props: Props) {
  const { run, at, file, closed, viewed, onFold, onView, onWhole, onComment } = props;
  const { path, change } = file;
  return (
    <div className="review-head">
      <button type="button" className="review-fold" aria-expanded={!closed} onClick={() => onFold(path)}>
        <Icon name="right" size={12} />
        <span className="review-path" title={path}>
          <bdi dir="ltr">{path}</bdi>
        </span>
      </button>
      <span className={`review-status review-${change.status}`}>{STATUS_WORDS[change.status]}</span>
      <PlusMinus additions={change.additions} deletions={change.deletions} />
      <span className="review-head-more">
        <IconButton icon="edit" label={`Comment on ${path}`} onClick={() => onComment(path)} />
        {!file.patch && !change.binary && !change.too_large && <Button onClick={() => onWhole(path)}>Load</Button>}
        {file.patch && file.patch.hunks.length > 0 && <IconButton icon="more" label="Show more around the changes" onClick={() => onWhole(path)} />}
        {change.status !== "D" && (
          <Link className="button button-bare icon-button" to="/runs/$run/files" params={{ run }} search={{ at, path }} aria-label={`Open ${path}`} title="Open the file">
            <Icon name="file" />
          </Link>
        )}
        <label className="review-viewed">
          <input type="checkbox" checked={viewed} onChange={() => onView(path)} aria-label={`Viewed ${path}`} />
          <span aria-hidden="true">Viewed</span>
        </label>
      </span>
    </div>
  );
});
