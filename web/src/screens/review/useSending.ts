// Sending comments: who wrote the lines, who hears about them, and what became of it.

import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { send } from "../../data/api";
import { newId } from "../../data/id";
import { command } from "../../data/store";
import type { Accepted, Blame, Checkpoints, Rerun, RunDetail } from "../../data/wire";
import { getBlame } from "./data";
import { messageOf, type Draft } from "./drafts";
import { sendingOf, turnBefore, writerOf, type Sending } from "./targets";

/** Of the comments on new lines; empty for those nobody of the run wrote. Null while it is looked up. */
function useWriters(run: string, drafts: readonly Draft[]): ReadonlyMap<string, string> | null {
  const files = useMemo(() => distinctFiles(drafts), [drafts]);
  const found = useQueries({
    queries: files.map(([at, path]) => ({
      queryKey: ["blame", run, at, path],
      queryFn: ({ signal }: { signal: AbortSignal }) => getBlame(run, at, path, signal),
    })),
    combine: (results) => ({
      pending: results.some(({ isPending }) => isPending),
      blames: new Map(results.map(({ data }, at): [string, Blame | undefined] => [(files[at] ?? []).join("\n"), data])),
    }),
  });
  if (found.pending) return null;
  return new Map(drafts.map((draft) => [draft.id, writer(draft, found.blames.get(`${draft.to}\n${draft.at.path}`))]));
}

function distinctFiles(drafts: readonly Draft[]): [at: string, path: string][] {
  const named = drafts.filter(({ at }) => at.side === "new" && at.first > 0);
  return [...new Map(named.map(({ to, at }) => [`${to}\n${at.path}`, [to, at.path] as [string, string]])).values()];
}

function writer({ at }: Draft, blame: Blame | undefined): string {
  return blame && at.side === "new" ? writerOf(blame.ranges, at.first) : "";
}

interface Wanted {
  detail: RunDetail;
  checkpoints: Checkpoints;
  drafts: readonly Draft[];
  onSent(ids: ReadonlySet<string>): void;
}

export function useSending({ detail, checkpoints, drafts, onSent }: Wanted) {
  const run = detail.run.run;
  const writers = useWriters(run, drafts);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  const [id] = useState(newId); // a new run begins once, however often it is asked for
  const sending = writers ? sendingOf(drafts, detail, writers) : null;
  const go = async (wanted: Sending): Promise<Accepted | null> => {
    setBusy(true);
    setProblem(null);
    try {
      for (const { step, drafts: some } of wanted.messages) {
        await say(run, step, some);
        onSent(idsOf(some));
      }
      if (!wanted.rerun) return null;
      const accepted = await again(id, detail, checkpoints, wanted.rerun);
      onSent(idsOf(wanted.rerun.drafts));
      return accepted;
    } catch (error) {
      setProblem(error as Error);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { sending, busy, problem, go };
}

async function say(run: string, step: string, drafts: readonly Draft[]): Promise<void> {
  const done = await command({ what: "message", id: newId(), run, step, text: messageOf(drafts), when: "now" });
  if (done.outcome === "refused") throw new Error(done.reason || "the message was refused");
}

/** The new run goes on where the step stood before it handed in, with the comments as part of its task. */
function again(id: string, { run }: RunDetail, checkpoints: Checkpoints, to: NonNullable<Sending["rerun"]>): Promise<Accepted> {
  const task = `${run.task}\n\n${messageOf(to.drafts)}`;
  const body: Rerun = { id, scope: "from", step: to.step, turn: turnBefore(checkpoints, to.step), task };
  return send<Accepted>("POST", `/runs/${run.run}/rerun`, body);
}

function idsOf(drafts: readonly Draft[]): Set<string> {
  return new Set(drafts.map(({ id }) => id));
}
