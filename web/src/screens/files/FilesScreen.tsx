import "../review/review.css";
import "../review/diff.css";
import "./files.css";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Screen } from "../../app/Screen";
import type { RunDetail } from "../../data/wire";
import { useStore } from "../../data/store";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Checkbox, Select } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { useCheckpoints } from "../review/data";
import { choices } from "../review/presets";
import { RunHeading } from "../review/RunHeading";
import { toggled } from "../review/tree";
import { useWide } from "../../ui/useMedia";
import { parentsOf } from "./entries";
import { FileView } from "./FileView";
import { Tree } from "./Tree";

const route = getRouteApi("/runs/$run/files");

export function FilesScreen() {
  const asked = route.useParams().run;
  const detail = useStore((state) => state.view?.detail ?? null);
  const problem = useStore((state) => state.problems.run);
  if (detail) return <OfRun detail={detail} />;
  return (
    <Screen title="Files">
      <Problem problem={problem} />
      {!problem && <Skeleton lines={6} label={`Loading run ${asked}`} />}
    </Screen>
  );
}

function OfRun({ detail: { run } }: { detail: RunDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { path = "", changed = false } = search;
  const at = search.at ?? (search.step ? `step:${search.step}` : "newest");
  const { data: checkpoints, error } = useCheckpoints(run.run, run.turns + run.steps_done);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(parentsOf(path)));
  const [menu, setMenu] = useState(false);
  const wide = useWide();
  useEffect(() => setOpen((before) => new Set([...before, ...parentsOf(path)])), [path]);
  const set = (change: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, ...change }) });
  const tree = (
    <Tree
      run={run.run}
      at={at}
      changed={changed}
      open={open}
      path={path}
      onFold={(directory) => setOpen((before) => toggled(before, directory))}
      onOpen={(file) => {
        setMenu(false);
        set({ path: file });
      }}
    />
  );
  return (
    <Screen title={`Files: ${run.task.slice(0, 50)}`} heading={<RunHeading words="Files" run={run} />} wide>
      <Problem problem={error} />
      <div className="review-bar">
        <Select aria-label="State of the code" value={at} options={checkpoints ? choices(checkpoints) : [[at, at]]} onPick={(name) => set({ at: name, step: undefined })} />
        <Checkbox checked={changed} onChange={() => set({ changed: changed ? undefined : true })}>
          Changed files only
        </Checkbox>
        {!wide && <Button onClick={() => setMenu(true)}>Choose a file</Button>}
      </div>
      <div className="files-panes">
        {wide && (
          <aside className="files-side" aria-label="Tree of files">
            {tree}
          </aside>
        )}
        {path ? (
          <FileView run={run.run} at={at} path={path} />
        ) : (
          <Empty title="Choose a file">
            <p className="quiet">Each line says which step of the run wrote it.</p>
          </Empty>
        )}
      </div>
      <Dialog title="Files" open={menu} onClose={() => setMenu(false)}>
        {tree}
      </Dialog>
    </Screen>
  );
}
