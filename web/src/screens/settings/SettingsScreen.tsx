import "./settings.css";
import { getRouteApi } from "@tanstack/react-router";
import { Screen } from "../../app/Screen";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { Tabs } from "../../ui/Tabs";
import { AccessPart } from "./AccessPart";
import { AuditPart } from "./AuditPart";
import { FleetPart } from "./FleetPart";
import { useMe } from "./data";
import { PARTS, type Part } from "./search";
import { YouPart } from "./YouPart";

const route = getRouteApi("/settings");
const WORDS: Record<Part, string> = { you: "You", fleet: "The fleet", access: "Access", audit: "Audit" };
const FOR_ADMINS: readonly Part[] = ["access", "audit"];

export function SettingsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const me = useMe();
  const admin = me.data?.role === "admin";
  const shown = PARTS.filter((part) => admin || !FOR_ADMINS.includes(part));
  const part = shown.find((one) => one === search.part) ?? "fleet";
  return (
    <Screen title="Settings">
      <Problem problem={me.error} onRetry={() => void me.refetch()} />
      {me.isPending && <Skeleton />}
      {me.data && (
        <Tabs
          label="Settings"
          value={part}
          onPick={(picked) => void navigate({ search: { part: picked } })}
          tabs={shown.map((value) => ({ value, words: WORDS[value] }))}
        >
          {part === "fleet" && <FleetPart search={search} admin={admin} />}
          {part === "access" && <AccessPart me={me.data} />}
          {part === "audit" && <AuditPart before={search.before ?? 0} />}
          {part === "you" && <YouPart me={me.data} />}
        </Tabs>
      )}
    </Screen>
  );
}
