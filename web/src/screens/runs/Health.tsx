import { useQuery } from "@tanstack/react-query";
import { get, getPlain } from "../../data/api";
import type { Fleet, Models, Readiness } from "../../data/wire";
import { plural } from "../../data/words";
import { Chip } from "../../ui/Chip";
import { Command } from "../../ui/Command";

const AGAIN_MS = 5_000;

interface Line {
  name: string;
  ok: boolean;
  detail: string;
}

/** Whether a run could be worked on now, part by part. */
export function Health() {
  const ready = useQuery({
    queryKey: ["readyz"],
    queryFn: () => getPlain<Readiness>("/readyz"),
    refetchInterval: AGAIN_MS,
  });
  const fleet = useQuery({
    queryKey: ["fleet"],
    queryFn: () => get<Fleet>("/fleet"),
    refetchInterval: AGAIN_MS,
  });
  const models = useQuery({ queryKey: ["models"], queryFn: () => get<Models>("/models") });
  const checks = Object.entries(ready.data?.checks ?? {}).map(([name, { ok, detail }]): Line => ({ name, ok, detail }));
  const lines = [...checks, ...workersOf(fleet.data), ...modelsOf(models.data)];
  if (!lines.length) return null;
  return (
    <section className="panel stack" aria-labelledby="health">
      <h2 id="health">What a run needs</h2>
      <ul className="plain-list stack">
        {lines.map(({ name, ok, detail }) => (
          <li key={name} className="row-of">
            <Chip tone={ok ? "good" : "bad"} mark={ok ? "✓" : "✕"}>
              {name}
            </Chip>
            <span className="quiet">{detail}</span>
          </li>
        ))}
      </ul>
      {lines.some(({ ok }) => !ok) && <Command>mycoder doctor</Command>}
    </section>
  );
}

function workersOf(fleet: Fleet | undefined): Line[] {
  if (!fleet) return [];
  const count = fleet.workers.length;
  return [{ name: "workers", ok: count > 0, detail: count ? `${plural(count, "worker")} alive` : "nobody takes steps" }];
}

function modelsOf(models: Models | undefined): Line[] {
  if (!models) return [];
  return [{ name: "model", ok: true, detail: `new runs use ${models.default}` }];
}
