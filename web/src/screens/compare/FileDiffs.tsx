import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "../../data/api";
import type { FileChange, Patches } from "../../data/wire";
import { Select } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { DiffView } from "../review/DiffView";
import { reviewFiles, STATUS_WORDS, type ReviewFile } from "../review/files";
import { PlusMinus } from "../review/PlusMinus";
import { rowsOf } from "../review/rows";
import { sideText } from "./sides";
import type { Known } from "./useSides";

interface Props {
  known: readonly Known[];
  path: string | undefined;
  onPick(path: string): void;
}

/** What each side did to one file, next to each other. */
export function FileDiffs({ known, path, onPick }: Props) {
  const paths = useMemo(() => [...new Set(known.flatMap(({ diff }) => diff?.files.map((file) => file.path) ?? []))].sort(), [known]);
  const sides = new Map(paths.map((one) => [one, known.filter(({ diff }) => diff?.files.some((file) => file.path === one)).length]));
  const first = paths.toSorted((one, other) => (sides.get(other) ?? 0) - (sides.get(one) ?? 0))[0];
  const chosen = path && sides.has(path) ? path : first;
  if (!chosen) return null;
  const options = paths.map((one): [string, string] => [one, `${one} (${sides.get(one)} of ${known.length})`]);
  return (
    <section className="stack" aria-label="Changes side by side">
      <h2>Changes</h2>
      <Select aria-label="File" value={chosen} options={options} onPick={onPick} />
      <div className={`compare-diffs compare-${known.length}`}>
        {known.map((one, at) => (
          <OneDiff key={`${at} ${sideText(one.side)}`} known={one} path={chosen} />
        ))}
      </div>
    </section>
  );
}

function OneDiff({ known: { side, figures, diff }, path }: { known: Known; path: string }) {
  const change = diff?.files.find((file) => file.path === path);
  return (
    <article className="compare-diff" aria-label={`${figures?.name ?? side.run}: ${path}`}>
      <h3 className="clamp-1">{figures?.name ?? side.run}</h3>
      {diff && !change && <p className="quiet small">Left this file as it was.</p>}
      {figures && change && <Changes run={side.run} from={figures.from} to={figures.to} change={change} />}
    </article>
  );
}

function Changes({ run, from, to, change }: { run: string; from: string; to: string; change: FileChange }) {
  const { path } = change;
  const { data, error } = useQuery({
    queryKey: ["patch", run, from, to, path],
    queryFn: ({ signal }) => get<Patches>(`/runs/${run}/diff/patches`, { from, to, path }, signal),
  });
  const files = useMemo(() => reviewFiles([change], new Map(data?.files.map((file) => [file.path, file]))), [change, data]);
  const rows = useMemo(() => rowsOf(files, { layout: "unified", closed: new Set(), drafts: [], form: null }), [files]);
  if (error) return <Problem problem={error} />;
  if (!data) return <Skeleton lines={5} label={`Loading ${path}`} />;
  return <DiffView files={files} rows={rows} layout="unified" wrap cursor={-1} picked={null} onPick={nothing} onStep={nothing} fileHead={head} remark={nothing} />;
}

function head({ path, change }: ReviewFile) {
  return (
    <span className="review-head">
      <b>{path}</b> <span className="quiet">{STATUS_WORDS[change.status]}</span> <PlusMinus {...change} />
    </span>
  );
}

function nothing(): null {
  return null;
}
