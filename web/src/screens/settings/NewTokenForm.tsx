import { useState, type FormEvent } from "react";
import type { Me } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Command } from "../../ui/Command";
import { Field, Input, Select } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { useNewToken } from "./data";

const ROLES = [
  ["viewer", "viewer"],
  ["operator", "operator"],
  ["admin", "admin"],
] as const;

export function NewTokenForm() {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Me["role"]>("viewer");
  const [days, setDays] = useState("");
  const made = useNewToken();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    made.mutate({ name, role, days: Number(days) || 0 }, { onSuccess: () => setName("") });
  };
  return (
    <form className="panel stack" onSubmit={submit} aria-label="New token">
      <div className="row-of settings-token">
        <Field label="For whom">
          {(tied) => <Input {...tied} required value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Role">
          {(tied) => <Select {...tied} value={role} options={ROLES} onPick={(picked) => setRole(picked as Me["role"])} />}
        </Field>
        <Field label="Days">
          {(tied) => (
            <Input
              {...tied}
              type="number"
              min="0"
              step="any"
              placeholder="until it is revoked"
              value={days}
              onChange={(event) => setDays(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" kind="main" busy={made.isPending}>
          Make a token
        </Button>
      </div>
      <Problem problem={made.error} />
      {made.data && (
        <div role="status" className="stack">
          <p>
            The token of {made.data.token.name}. It is shown this once: the fleet keeps only a hash of it.
          </p>
          <Command>{made.data.secret}</Command>
        </div>
      )}
    </form>
  );
}
