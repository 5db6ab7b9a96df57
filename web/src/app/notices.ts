// What has happened that somebody wants to be told of, from one look at the fleet to the next. Pure.

import type { OpenQuestion, RunLine } from "../data/wire";
import { FAILURE, standing } from "../data/words";

export const NOTICE_KINDS = ["needs", "failed", "done", "budget"] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export interface Notice {
  kind: NoticeKind;
  run: string;
  text: string;
  /** Of what it is about: shown once, in however many tabs. */
  key: string;
}

export interface Look {
  runs: readonly RunLine[];
  inbox: readonly OpenQuestion[];
}

/** Money that runs may spend, as far as it is known. */
export type Budgets = ReadonlyMap<string, number>;

const SHARE = 0.8;
const TASK_CHARS = 80;

export function noticesOf(before: Look, now: Look, budgets: Budgets): Notice[] {
  const known = new Map(before.runs.map((line) => [line.run, line]));
  const newest = before.runs.reduce((latest, line) => (line.submitted_at > latest ? line.submitted_at : latest), "");
  const changed = now.runs.filter((line) => known.get(line.run) !== line && (known.has(line.run) || line.submitted_at > newest));
  return [
    ...questionsSince(before.inbox, now.inbox),
    ...changed.flatMap((line) => endOf(line, known.get(line.run))),
    ...changed.flatMap((line) => spendingOf(line, known.get(line.run), budgets.get(line.run))),
  ];
}

function questionsSince(before: readonly OpenQuestion[], now: readonly OpenQuestion[]): Notice[] {
  const known = new Set(before.map(questionKey));
  return now
    .filter((open) => !known.has(questionKey(open)))
    .map((open) => ({
      kind: "needs",
      run: open.run,
      text: `Needs you: ${short(open.task || open.question.text)}`,
      key: questionKey(open),
    }));
}

function questionKey({ run, question }: OpenQuestion): string {
  return `${run}/${question.id}`;
}

function endOf(line: RunLine, before: RunLine | undefined): Notice[] {
  const now = standing(line);
  if (before && standing(before) === now) return [];
  const key = `${line.run}/${now}`;
  if (now === "succeeded") return [{ kind: "done", run: line.run, text: `Succeeded: ${short(line.task)}`, key }];
  if (now !== "failed") return [];
  const why = line.failure ? FAILURE[line.failure.code] : "Failed";
  return [{ kind: "failed", run: line.run, text: `${why}: ${short(line.task)}`, key }];
}

function spendingOf(line: RunLine, before: RunLine | undefined, usd: number | undefined): Notice[] {
  if (!usd || line.finished_at) return [];
  const most = usd * SHARE;
  if (line.spent.known_usd < most || (before && before.spent.known_usd >= most)) return [];
  const text = `${SHARE * 100} % of $${usd} are spent: ${short(line.task)}`;
  return [{ kind: "budget", run: line.run, text, key: `${line.run}/budget` }];
}

function short(text: string): string {
  return text.length > TASK_CHARS ? `${text.slice(0, TASK_CHARS - 1)}…` : text;
}
