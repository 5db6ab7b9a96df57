import { useMutation } from "@tanstack/react-query";
import { useStore } from "zustand";
import { NoticeSettings } from "../../app/NoticeSettings";
import { setTheme, theme, THEMES, type Theme } from "../../app/theme";
import { send } from "../../data/api";
import type { Me } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Fact, Facts } from "../../ui/Facts";
import { Field, Select } from "../../ui/Field";
import { Problem } from "../../ui/Problem";

const LOOKS: Record<Theme, string> = { system: "Like the system", light: "Light", dark: "Dark" };

/** What is kept in this browser, and who it is taken for. */
export function YouPart({ me }: { me: Me }) {
  const look = useStore(theme);
  const leave = useMutation({
    mutationFn: () => send<Me>("DELETE", "/me"),
    onSuccess: () => window.location.reload(),
  });
  return (
    <div className="stack">
      <Facts>
        <Fact name="Name">{me.name}</Fact>
        <Fact name="Role">{me.role}</Fact>
      </Facts>
      <Field label="Colours">
        {(tied) => (
          <Select
            {...tied}
            className="settings-look"
            value={look}
            options={THEMES.map((one) => [one, LOOKS[one]] as const)}
            onPick={(picked) => setTheme(picked as Theme)}
          />
        )}
      </Field>
      <NoticeSettings />
      {me.by === "token" && (
        <p>
          <Button busy={leave.isPending} onClick={() => leave.mutate()}>
            Sign this browser out
          </Button>
        </p>
      )}
      <Problem problem={leave.error} />
    </div>
  );
}
