import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useStore } from "zustand";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Checkbox, Field, Input } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { IconButton } from "../../ui/IconButton";
import { Menu } from "../../ui/Menu";
import { isFiltered, sameFilters } from "./filters";
import type { RunsSearch } from "./search";
import { dropView, saveView, views, type View } from "./views";

const ALL: View = { name: "All", search: {}, pinned: true };

/** Saved filters, one link each; the one in force can be kept, pinned or dropped. */
export function Views({ search }: { search: RunsSearch }) {
  const saved = useStore(views);
  const [naming, setNaming] = useState(false);
  const now = saved.find((view) => sameFilters(view.search, search));
  const listed = [ALL, ...saved.filter((view) => view.pinned || view === now)];
  const others = saved.filter((view) => !listed.includes(view));
  return (
    <div className="views">
      {listed.map((view) => (
        <ViewLink key={view.name} view={view} />
      ))}
      {others.length > 0 && <OtherViews views={others} />}
      {now && <OwnView view={now} />}
      {!now && isFiltered(search) && (
        <Button kind="bare" onClick={() => setNaming(true)}>
          <Icon name="plus" size={14} /> Save as a view
        </Button>
      )}
      {naming && <NameDialog search={search} onClose={() => setNaming(false)} />}
    </div>
  );
}

function ViewLink({ view }: { view: View }) {
  return (
    <Link to="/" search={view.search} className="view" activeOptions={{ exact: true }}>
      {view.name}
    </Link>
  );
}

function OtherViews({ views: others }: { views: View[] }) {
  return (
    <details>
      <summary className="quiet small">More views</summary>
      {others.map((view) => (
        <ViewLink key={view.name} view={view} />
      ))}
    </details>
  );
}

function OwnView({ view }: { view: View }) {
  const items = [
    {
      words: view.pinned ? "Take the pin off" : "Pin it here and to the dashboard",
      onPick: () => saveView({ ...view, pinned: !view.pinned }),
    },
    { words: "Forget this view", danger: true, onPick: () => dropView(view.name) },
  ];
  return <Menu label={`View ${view.name}`} items={items} button={<IconButton icon="more" label={`View ${view.name}`} />} />;
}

function NameDialog({ search, onClose }: { search: RunsSearch; onClose(): void }) {
  const [name, setName] = useState("");
  const [pinned, setPinned] = useState(true);
  function save() {
    saveView({ name: name.trim(), search, pinned });
    onClose();
  }
  return (
    <Dialog title="Save these filters as a view" open onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) save();
        }}
      >
        <Field label="Name" hint="Kept in this browser. One of the same name is replaced.">
          {(tied) => <Input {...tied} value={name} maxLength={40} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Checkbox checked={pinned} onChange={(event) => setPinned(event.target.checked)}>
          Pin it here and to the dashboard
        </Checkbox>
        <div className="dialog-actions">
          <Button onClick={onClose}>Close</Button>
          <Button kind="main" type="submit" disabled={!name.trim()}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
