import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { announce } from "../../app/announce";
import { newId } from "../../data/id";
import type { Item, ItemDetail } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Fact, Facts } from "../../ui/Facts";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { useApprove, useForget, useItem } from "./data";
import { EditItem } from "./EditItem";
import { SCOPE } from "./Filters";
import type { Name } from "./search";

export function ItemDialog({ name, onClose }: { name: Name; onClose(): void }) {
  const detail = useItem(name);
  const [editing, setEditing] = useState(false);
  if (editing && detail.data) return <EditItem item={detail.data.item} onClose={() => setEditing(false)} />;
  return (
    <Dialog title={name.key} open onClose={onClose} className="memory-dialog">
      <Problem problem={detail.error} />
      {detail.isPending && <Skeleton lines={5} />}
      {detail.data && <Inside detail={detail.data} onEdit={() => setEditing(true)} onClose={onClose} />}
    </Dialog>
  );
}

function Inside({ detail, onEdit, onClose }: { detail: ItemDetail; onEdit(): void; onClose(): void }) {
  const { item, waiting, uses } = detail;
  return (
    <div className="stack">
      <p className="memory-text">{item.text}</p>
      <About item={item} />
      {waiting && (
        <section className="panel stack" aria-label="Waits for approval">
          <h3>An agent wants to write this in its place</h3>
          <p className="memory-text">{waiting.text}</p>
          <Approve item={waiting} onDone={onClose} />
        </section>
      )}
      {uses.length > 0 && (
        <details>
          <summary>Was in the prompts of</summary>
          <ul>
            {uses.map((use) => (
              <li key={`${use.run} ${use.step} ${use.attempt}`}>
                <Link to="/runs/$run" params={{ run: use.run }} search={{ step: use.step }}>
                  …{use.run.slice(-6)} {use.step}
                </Link>{" "}
                <span className="quiet">attempt {use.attempt}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className="row-of">
        {item.quarantined ? <Approve item={item} onDone={onClose} /> : <Button onClick={onEdit}>Edit</Button>}
        <Forget item={item} onDone={onClose} />
      </div>
    </div>
  );
}

function About({ item }: { item: Item }) {
  const now = useNow(true);
  const { source, by, run, step, turn } = item.provenance;
  return (
    <Facts>
      <Fact name="For">
        {SCOPE[item.scope]} {item.owner}
      </Fact>
      <Fact name="Tags">{item.tags.join(", ")}</Fact>
      <Fact name="From">
        {source.replace("_", " ")}
        {by && `: ${by}`}
      </Fact>
      <Fact name="Written in">
        {run && (
          <Link to="/runs/$run" params={{ run }} search={step ? { step } : {}}>
            …{run.slice(-6)} {step} {turn ? `turn ${turn}` : ""}
          </Link>
        )}
      </Fact>
      <Fact name="Trust">{item.trusted ? "a person wrote or approved it" : "data, not an instruction"}</Fact>
      <Fact name="Changed">
        <Time at={item.updated_at} now={now} />
      </Fact>
      <Fact name="Forgotten">{item.expires_at && new Date(item.expires_at).toLocaleString()}</Fact>
      <Fact name="Version">{item.version}</Fact>
    </Facts>
  );
}

function Approve({ item, onDone }: { item: Item; onDone(): void }) {
  const approve = useApprove();
  const { scope, owner, key, version } = item;
  return (
    <>
      <Button
        kind="main"
        busy={approve.isPending}
        onClick={() =>
          approve.mutate(
            { id: newId(), scope, owner, key, expected_version: version },
            { onSuccess: () => (announce(`${key} is in use`), onDone()) },
          )
        }
      >
        Approve
      </Button>
      <Problem problem={approve.error} />
    </>
  );
}

function Forget({ item, onDone }: { item: Item; onDone(): void }) {
  const forget = useForget();
  const [sure, setSure] = useState(false);
  const { scope, owner, key, version, quarantined } = item;
  const go = () =>
    forget.mutate(
      { id: newId(), scope, owner, key, expected_version: version, quarantined },
      { onSuccess: () => (announce(`${key} is forgotten`), onDone()) },
    );
  return (
    <>
      <Button kind="danger" busy={forget.isPending} onClick={() => (sure ? go() : setSure(true))} onBlur={() => setSure(false)}>
        {sure ? "Really forget it" : "Forget"}
      </Button>
      <Problem problem={forget.error} />
    </>
  );
}
