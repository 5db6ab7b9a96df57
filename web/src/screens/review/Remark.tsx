import { useState } from "react";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { placeWords, type Anchor } from "./anchor";
import type { Draft } from "./drafts";

/** A comment that was not sent yet. */
export function DraftCard({ draft, onEdit, onDelete }: { draft: Draft; onEdit(): void; onDelete(): void }) {
  const place = placeWords(draft.at);
  return (
    <article className="remark" aria-label={`Your comment on ${place}`}>
      <p className="remark-head quiet small">
        Your comment on {place}, not sent yet
        <IconButton icon="edit" label="Edit the comment" onClick={onEdit} />
        <IconButton icon="trash" label="Delete the comment" onClick={onDelete} />
      </p>
      <p className="remark-text">{draft.text}</p>
    </article>
  );
}

interface FormProps {
  at: Anchor;
  text: string;
  onSave(text: string): void;
  onCancel(): void;
}

/** Ctrl+Enter keeps the comment, Escape leaves it. */
export function CommentForm({ at, text: before, onSave, onCancel }: FormProps) {
  const [text, setText] = useState(before);
  const save = () => text.trim() && onSave(text.trim());
  const keys = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") onCancel();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  };
  return (
    <div className="remark" onKeyDown={keys}>
      <label className="small">
        Comment on {placeWords(at)} of {at.path}
        <textarea className="input remark-input" autoFocus rows={4} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="row-of">
        <Button kind="main" disabled={!text.trim()} onClick={save}>
          Keep comment
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
        <span className="quiet small">It is sent with your other comments, when you say so.</span>
      </div>
    </div>
  );
}
