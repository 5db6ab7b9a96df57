import { getRouteApi } from "@tanstack/react-router";
import type { Setting } from "../../data/wire";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { Field, Input } from "../../ui/Field";
import { Named } from "../../ui/Named";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { useConfig } from "./data";
import { EditSetting } from "./EditSetting";
import type { SettingsSearch } from "./search";
import { holds, words } from "./values";

const route = getRouteApi("/settings");

/** Every setting, its effective value and where that comes from. */
export function FleetPart({ search, admin }: { search: SettingsSearch; admin: boolean }) {
  const navigate = route.useNavigate();
  const config = useConfig();
  if (config.error) return <Problem problem={config.error} onRetry={() => void config.refetch()} />;
  if (!config.data) return <Skeleton lines={8} />;
  const { settings, files, file, version } = config.data;
  const shown = settings.filter((setting) => holds(setting, search.text ?? ""));
  const edited = settings.find((setting) => setting.name === search.edit);
  const edit = (name?: string) => void navigate({ search: (now) => ({ ...now, edit: name }) });
  return (
    <div className="stack">
      <p className="quiet">
        Version {version}. Stronger sources win: a flag, then a variable, then a file, then the default.
        {files.length > 0 && " Files, the weakest first: "}
        {files.map((name) => (
          <code key={name}>{name} </code>
        ))}
      </p>
      <Field label="Find a setting">
        {(tied) => (
          <Input
            {...tied}
            type="search"
            value={search.text ?? ""}
            onChange={(event) =>
              void navigate({ search: (now) => ({ ...now, text: event.target.value || undefined }), replace: true })
            }
          />
        )}
      </Field>
      <p className="quiet" role="status">
        {plural(shown.length, "setting")}
      </p>
      {!shown.length && <Empty title="No setting fits" />}
      <ul className="plain-list stack">
        {shown.map((setting) => (
          <Line key={setting.name} setting={setting} onEdit={admin && setting.editable ? () => edit(setting.name) : undefined} />
        ))}
      </ul>
      {edited && <EditSetting setting={edited} file={file} onClose={() => edit()} />}
    </div>
  );
}

function Line({ setting, onEdit }: { setting: Setting; onEdit?(): void }) {
  const { name, value, source, about, restart, next } = setting;
  return (
    <li className="panel settings-line">
      <div>
        <h2 className="settings-name">
          <code>{name}</code> {source !== "default" && <Chip tone="busy">{source}</Chip>}{" "}
          {restart && <Chip tone="warn">Restart for {words(next)}</Chip>}
        </h2>
        <p className="quiet">
          <Named>{about}</Named>
        </p>
      </div>
      <div className="settings-value">
        <code>{words(value)}</code>
        {onEdit && (
          <Button aria-label={`Edit ${name}`} onClick={onEdit}>
            Edit
          </Button>
        )}
      </div>
    </li>
  );
}
