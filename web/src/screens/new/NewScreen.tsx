import "./new.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Screen } from "../../app/Screen";
import { useKeys } from "../../app/useKeys";
import { get } from "../../data/api";
import type { Models, Roles } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Command } from "../../ui/Command";
import { Field, Input, Select, TextArea } from "../../ui/Field";
import { KeyHint } from "../../ui/KeyHint";
import { Problem } from "../../ui/Problem";
import { APPROVE, commandOf, newRunOf, problemsOf, type Draft, type Problems } from "./draft";
import { DemoButton } from "./DemoButton";
import { Limits } from "./Limits";
import { Repository } from "./Repository";
import { useDraft } from "./useDraft";
import { useSubmit } from "./useSubmit";
import { useUpload } from "./useUpload";

const route = getRouteApi("/new");

export function NewScreen() {
  const [draft, change, clear] = useDraft(route.useSearch().task);
  const uploader = useUpload(draft.ref);
  const submit = useSubmit(clear);
  const [tried, setTried] = useState(false);
  const uploaded = uploader.now.state === "done" ? uploader.now.uploaded : null;
  const found = problemsOf(draft, uploaded);
  const problems = tried ? found : {};
  function go() {
    setTried(true);
    if (Object.keys(found).length) return focusProblem();
    submit.mutate(newRunOf(draft, uploaded));
  }
  useKeys("New run", [{ keys: "mod+enter", words: "Submit the run", run: go }]);
  return (
    <Screen title="New run" actions={<DemoButton kind="plain" />}>
      <form
        className="new"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <Field label="Task" hint="What should be different afterwards, and how one can tell." problem={problems.task}>
          {(tied) => (
            <TextArea {...tied} rows={4} value={draft.task} onChange={(event) => change({ task: event.target.value })} />
          )}
        </Field>
        <Repository draft={draft} problems={problems} uploader={uploader} onChange={change} />
        <Who draft={draft} problems={problems} onChange={change} />
        <Limits draft={draft} problems={problems} onChange={change} />
        <Problem problem={submit.error} />
        <div className="row-of">
          <Button kind="main" type="submit" busy={submit.isPending}>
            Submit
          </Button>
          <KeyHint keys="mod+enter" />
          <span className="quiet small">Sent twice, it is still one run.</span>
        </div>
      </form>
      <section className="stack" aria-labelledby="new-cli">
        <h2 id="new-cli">The same in a terminal</h2>
        <Command>{commandOf(draft)}</Command>
      </section>
    </Screen>
  );
}

interface PartProps {
  draft: Draft;
  problems: Problems;
  onChange(change: Partial<Draft>): void;
}

function Who({ draft, onChange }: PartProps) {
  const models = useQuery({ queryKey: ["models"], queryFn: () => get<Models>("/models") });
  const roles = useQuery({ queryKey: ["roles"], queryFn: () => get<Roles>("/roles") });
  const list = useId();
  const served = (roles.data?.roles ?? []).filter((role) => role.served);
  const about = served.find(({ name }) => name === draft.role)?.description;
  return (
    <div className="new-who">
      <Field label="Model" hint={models.data ? `Empty: ${models.data.default}` : undefined}>
        {(tied) => (
          <>
            <Input {...tied} list={list} value={draft.model} onChange={(event) => onChange({ model: event.target.value })} />
            <datalist id={list}>
              {models.data?.models.map((model) => (
                <option key={model} value={model} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label="Role" hint={about ?? "Who gets the work first."}>
        {(tied) => (
          <Select
            {...tied}
            value={draft.role}
            options={[["", "As it fits the model"], ...served.map(({ name }) => [name, name] as const)]}
            onPick={(role) => onChange({ role })}
          />
        )}
      </Field>
      <Field label="What waits for me" hint="It comes to the inbox.">
        {(tied) => (
          <Select
            {...tied}
            value={draft.approve}
            options={APPROVE}
            onPick={(approve) => onChange({ approve: approve as Draft["approve"] })}
          />
        )}
      </Field>
      <Field label="Test command" hint="Empty: it is found out.">
        {(tied) => (
          <Input
            {...tied}
            value={draft.test_command}
            placeholder="python -m unittest"
            onChange={(event) => onChange({ test_command: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}

/** To the first field that needs something, once it says so. */
function focusProblem(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(".new [aria-invalid], .new .bundle button")?.focus());
}
