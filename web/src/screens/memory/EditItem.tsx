import { useState, type FormEvent } from "react";
import { newId } from "../../data/id";
import type { Item } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field, Input, Select, TextArea } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { toast } from "../../ui/toast";
import { useKeep } from "./data";
import { SCOPE } from "./Filters";
import { SCOPES, type Scope } from "./search";

const OWNER: Record<Exclude<Scope, "global">, string> = {
  project: "The project's name",
  task: "The run's id",
  agent: "project/role",
  interaction: "The person's name",
};

/** A new item, or another text for one that is there. Where it came from stays with it. */
export function EditItem({ item, onClose }: { item?: Item; onClose(): void }) {
  const [id] = useState(newId);
  const [scope, setScope] = useState<Scope>(item?.scope ?? "global");
  const [owner, setOwner] = useState(item?.owner ?? "");
  const [key, setKey] = useState(item?.key ?? "");
  const [text, setText] = useState(item?.text ?? "");
  const [tags, setTags] = useState(item?.tags.join(", ") ?? "");
  const keep = useKeep();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const named = tags.split(",").map((tag) => tag.trim()).filter(Boolean);
    const change = { id, scope, owner: scope === "global" ? "" : owner, key, text, tags: named };
    keep.mutate(
      { ...change, expected_version: item?.version ?? 0 },
      { onSuccess: () => (toast(`${key} is kept`, "good"), onClose()) },
    );
  };
  return (
    <Dialog title={item ? `Edit ${item.key}` : "Keep something"} open onClose={onClose} className="memory-dialog">
      <form className="stack" onSubmit={submit}>
        {!item && (
          <>
            <Field label="For">
              {(tied) => (
                <Select
                  {...tied}
                  value={scope}
                  options={SCOPES.map((one) => [one, SCOPE[one]] as const)}
                  onPick={(picked) => setScope(picked as Scope)}
                />
              )}
            </Field>
            {scope !== "global" && (
              <Field label="Which" hint={OWNER[scope]}>
                {(tied) => <Input {...tied} required value={owner} onChange={(event) => setOwner(event.target.value)} />}
              </Field>
            )}
            <Field label="Name" hint="Such as conventions/tests">
              {(tied) => <Input {...tied} required value={key} onChange={(event) => setKey(event.target.value)} />}
            </Field>
          </>
        )}
        <Field label="Text">
          {(tied) => (
            <TextArea {...tied} required rows={8} value={text} onChange={(event) => setText(event.target.value)} />
          )}
        </Field>
        <Field label="Tags" hint="Separated by commas; always gives it to every step, whatever its words">
          {(tied) => <Input {...tied} value={tags} onChange={(event) => setTags(event.target.value)} />}
        </Field>
        <Problem problem={keep.error} />
        <div className="row-of">
          <Button type="submit" kind="main" busy={keep.isPending}>
            Keep it
          </Button>
          <Button onClick={onClose}>Leave it</Button>
        </div>
      </form>
    </Dialog>
  );
}
