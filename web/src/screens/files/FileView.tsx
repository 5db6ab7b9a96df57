import { useMemo, useState } from "react";
import { address } from "../../data/api";
import { bytes } from "../../data/units";
import { plural } from "../../data/words";
import { Empty } from "../../ui/Empty";
import { Checkbox } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { linesOf, MOST_BYTES, type FileContent } from "./content";
import { FileLines } from "./FileLines";
import { useFile } from "./useFiles";
import { writersOf } from "./writers";

interface Props {
  run: string;
  at: string;
  path: string;
}

export function FileView({ run, at, path }: Props) {
  const { content, blame } = useFile(run, at, path);
  const [wrap, setWrap] = useState(false);
  const found = content.data;
  const lines = useMemo(() => linesOf(found?.text ?? ""), [found]);
  const writers = useMemo(() => writersOf(blame.data?.ranges ?? [], lines.length), [blame.data, lines]);
  const whole = address(`/runs/${run}/files/content`, { at, path });
  return (
    <section className="files-view" aria-label={path}>
      <div className="files-head">
        <h2 className="files-path">{path}</h2>
        {found && <span className="quiet small numbers">{about(found, lines.length)}</span>}
        <span className="row-of files-actions">
          {found?.kind !== "binary" && (
            <Checkbox checked={wrap} onChange={() => setWrap(!wrap)}>
              Wrap
            </Checkbox>
          )}
          <a className="button button-plain" href={whole} download={path.split("/").at(-1)}>
            <Icon name="download" /> Download
          </a>
        </span>
      </div>
      <Problem problem={content.error} onRetry={() => void content.refetch()} />
      {blame.error && <p className="quiet small">Who wrote which line cannot be said: {blame.error.message}.</p>}
      {content.isPending && <Skeleton lines={10} label={`Loading ${path}`} />}
      {found?.kind === "binary" && (
        <Empty title="This is no text">
          <p className="quiet">A binary file of {bytes(found.bytes)}. It can be downloaded.</p>
        </Empty>
      )}
      {found?.kind === "long" && <p className="quiet small">Only the first {bytes(MOST_BYTES)} are shown.</p>}
      {found && found.kind !== "binary" && <FileLines key={path} run={run} path={path} text={found.text} lines={lines} writers={writers} wrap={wrap} />}
      {found?.kind === "text" && !lines.length && <p className="quiet">The file is empty.</p>}
    </section>
  );
}

function about({ kind, bytes: count }: FileContent, lines: number): string {
  return kind === "text" ? `${plural(lines, "line")}, ${bytes(count)}` : bytes(count);
}
