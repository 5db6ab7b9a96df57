// What to type for what the page shows or does. Pure.

import type { RunDetail } from "../../../data/wire";
import { isOver } from "../../../data/words";
import type { RunSearch } from "../search";
import type { Again } from "./again";

/** The commands for a view of a run, the one for the view itself first. */
export function commandsFor({ run }: RunDetail, { view, only, step }: RunSearch): [words: string, command: string][] {
  const id = run.run;
  const one = only ?? step;
  const ofStep = one ? ` --step ${quoted(one)}` : "";
  const shown: [string, string][] = [
    ["This run", `mycoder show ${id}`],
    ["Its plan, every revision", `mycoder show ${id} --plan`],
    [isOver(run) ? "Its log" : "Its log, live", `mycoder logs ${isOver(run) ? "" : "-f "}${id}${ofStep}`],
    ["What it changed", `mycoder diff ${id}`],
  ];
  const first = view === "log" ? 2 : view === "plan" ? 1 : 0;
  const steer: [string, string][] = isOver(run)
    ? [["Try what failed again", `mycoder retry ${id}`]]
    : [
        run.held === "paused" ? ["Go on", `mycoder resume ${id}`] : ["Pause", `mycoder pause ${id}`],
        ["Stop", `mycoder cancel ${id}`],
        ["Say something", `mycoder message ${id} "…"${ofStep}`],
      ];
  return [shown[first]!, ...shown.filter((_, at) => at !== first), ...steer];
}

export function againCommand(id: string, { scope, step, turn, task, model }: Again, old: { model: string }): string {
  const other = model !== old.model ? ` --model ${quoted(model)}` : "";
  switch (scope) {
    case "step":
      return `mycoder retry ${id} ${quoted(step)}`;
    case "from":
      return `mycoder fork ${id} --from ${quoted(turn ? `${step}:${turn}` : step)}${other}`;
    case "failed":
      return `mycoder retry ${id}`;
    case "all":
      return `mycoder run ${quoted(task)}${model ? ` --model ${quoted(model)}` : ""}`;
  }
}

/** As a shell reads it. */
export function quoted(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
