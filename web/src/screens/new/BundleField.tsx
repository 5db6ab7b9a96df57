import { useId, useRef, useState, type DragEvent } from "react";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Command } from "../../ui/Command";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import type { Uploader } from "./useUpload";

/** A bundle chosen from a dialog or dropped here. */
export function BundleField({ uploader, problem }: { uploader: Uploader; problem?: string }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  function take(files: FileList | null) {
    const file = files?.[0];
    if (file) uploader.begin(file);
  }
  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  }
  return (
    <div
      className={over ? "bundle bundle-over" : "bundle"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        ref={input}
        id={id}
        type="file"
        className="unseen"
        tabIndex={-1}
        accept=".bundle,application/x-git-bundle"
        aria-label="Git bundle"
        onChange={(event) => {
          take(event.target.files);
          event.target.value = "";
        }}
      />
      <div className="row-of">
        <Button onClick={() => input.current?.click()} aria-describedby={problem && `${id}-problem`}>
          <Icon name="upload" /> Choose a git bundle…
        </Button>
        <span className="quiet">or drop it here. This makes one:</span>
      </div>
      <Command>git bundle create repository.bundle HEAD</Command>
      <State uploader={uploader} />
      {problem && (
        <p id={`${id}-problem`} className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function State({ uploader: { now, stop } }: { uploader: Uploader }) {
  switch (now.state) {
    case "none":
      return null;
    case "going":
      return (
        <div className="row-of">
          <progress max={1} value={now.share} aria-label={`Uploading ${now.name}`} />
          <span className="numbers">{now.share < 1 ? `${Math.floor(now.share * 100)} %` : "The gateway looks at it…"}</span>
          <Button onClick={stop}>Stop</Button>
        </div>
      );
    case "failed":
      return <Problem problem={now.problem} />;
    case "done":
      return (
        <div>
          <p className="bundle-done">
            <Icon name="check" /> {now.name}: {now.uploaded.ref || "HEAD"} at{" "}
            <code>{now.uploaded.repository.base_commit?.slice(0, 12) || now.uploaded.repository.commit?.slice(0, 12)}</code>,{" "}
            {(now.uploaded.bytes / 1024).toFixed(0)} KiB
            {now.uploaded.roles.length > 0 && `, brings ${plural(now.uploaded.roles.length, "role")}`}
          </p>
          {now.uploaded.notes.map((note) => (
            <p key={note} className="quiet small">
              {note}
            </p>
          ))}
        </div>
      );
  }
}
