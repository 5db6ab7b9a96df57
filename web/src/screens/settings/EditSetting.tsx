import { useState, type FormEvent } from "react";
import type { Setting } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field, Input, Select } from "../../ui/Field";
import { Named } from "../../ui/Named";
import { Problem } from "../../ui/Problem";
import { toast } from "../../ui/toast";
import { useWriteSetting } from "./data";
import { read, words, written } from "./values";

export function EditSetting({ setting, file, onClose }: { setting: Setting; file: string; onClose(): void }) {
  const [text, setText] = useState(written(setting.next ?? setting.value));
  const write = useWriteSetting();
  const save = (value: unknown) =>
    write.mutate(
      { name: setting.name, value },
      {
        onSuccess: ({ shadowed_by }) => {
          if (shadowed_by) toast(`Written, but ${shadowed_by} sets it too and is stronger`, "warn");
          else toast(`${setting.name} is written; it holds after a restart`, "good");
          onClose();
        },
      },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(read(text, setting.value ?? setting.default));
  };
  const choices = setting.choices.length ? setting.choices : typeof setting.value === "boolean" ? ["true", "false"] : [];
  return (
    <Dialog title={`Edit ${setting.name}`} open onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="quiet">
          <Named>{setting.about}</Named>
        </p>
        <Field label="Value" hint={`Default: ${words(setting.default)}`}>
          {(tied) =>
            choices.length ? (
              <Select {...tied} value={text} options={choices.map((one) => [one, one] as const)} onPick={setText} />
            ) : (
              <Input {...tied} value={text} onChange={(event) => setText(event.target.value)} />
            )
          }
        </Field>
        <p className="quiet small">
          It is checked, then written to <code>{file}</code>. Processes read their settings when they start.
        </p>
        <Problem problem={write.error} />
        <div className="row-of">
          <Button type="submit" kind="main" busy={write.isPending}>
            Write it
          </Button>
          <Button onClick={() => save(null)} disabled={write.isPending}>
            Back to the default
          </Button>
          <Button onClick={onClose}>Leave it</Button>
        </div>
      </form>
    </Dialog>
  );
}
