import { Field, Input } from "../../ui/Field";
import { BundleField } from "./BundleField";
import { SOURCES, type Draft, type Problems, type Source } from "./draft";
import type { Uploader } from "./useUpload";

const WORDS: Record<Source, string> = { upload: "Upload a git bundle", clone: "Clone from an address" };

interface Props {
  draft: Draft;
  problems: Problems;
  uploader: Uploader;
  onChange(change: Partial<Draft>): void;
}

export function Repository({ draft, problems, uploader, onChange }: Props) {
  return (
    <fieldset className="new-repository">
      <legend>Repository</legend>
      <div className="row-of">
        {SOURCES.map((source) => (
          <label key={source} className="checkbox">
            <input
              type="radio"
              name="source"
              checked={draft.source === source}
              onChange={() => onChange({ source })}
            />
            <span>{WORDS[source]}</span>
          </label>
        ))}
      </div>
      {draft.source === "upload" ? (
        <BundleField uploader={uploader} problem={problems.source} />
      ) : (
        <Field label="Address" hint="An executor fetches it, if the fleet's setting clone_from allows." problem={problems.url}>
          {(tied) => (
            <Input
              {...tied}
              type="url"
              value={draft.url}
              placeholder="https://git.example.org/team/shop"
              onChange={(event) => onChange({ url: event.target.value })}
            />
          )}
        </Field>
      )}
      <Field label="Branch, tag or commit" hint="Empty: HEAD. Of a bundle, say it before choosing the file.">
        {(tied) => <Input {...tied} value={draft.ref} onChange={(event) => onChange({ ref: event.target.value })} />}
      </Field>
    </fieldset>
  );
}
