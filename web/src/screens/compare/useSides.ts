// What is known of each side, asked over HTTP; a run that goes on is asked again.

import { useQueries } from "@tanstack/react-query";
import { get } from "../../data/api";
import type { Checkpoints, Diff, RunDetail, TurnLine, Turns } from "../../data/wire";
import { figuresOf, sideText, type Figures, type Side } from "./sides";

const AGAIN_MS = 4_000;
const PAGE = 200;

export interface Known {
  side: Side;
  detail: RunDetail | null;
  figures: Figures | null;
  diff: Diff | null;
  error: Error | null;
}

/** One side may be a run, another a step of it: each run is asked once. */
export function useSides(sides: readonly Side[]): Known[] {
  const details = useDetails(sides);
  const points = usePoints(details);
  const turns = useAttemptTurns(sides, details);
  const figures = sides.map((side) => {
    const [detail, seen] = [details.get(side.run)?.data, points.get(side.run)?.data];
    return detail && seen ? figuresOf(side, detail, seen, turns.get(`${side.run}:${side.step}`)?.data ?? []) : null;
  });
  const diffs = useDiffs(sides, figures, details);
  return sides.map((side, at) => {
    const [detail, seen] = [details.get(side.run), points.get(side.run)];
    const missing = detail?.data && seen?.data && !figures[at] ? new Error("the run has no such step or attempt") : null;
    const error = detail?.error ?? seen?.error ?? diffs[at]?.error ?? missing;
    return { side, detail: detail?.data ?? null, figures: figures[at] ?? null, diff: diffs[at]?.data ?? null, error };
  });
}

type Asked<Data> = ReadonlyMap<string, { data?: Data; error: Error | null }>;

function useDetails(sides: readonly Side[]): Asked<RunDetail> {
  const runs = [...new Set(sides.map(({ run }) => run))];
  const found = useQueries({
    queries: runs.map((run) => ({
      queryKey: ["run", run],
      queryFn: ({ signal }: { signal: AbortSignal }) => get<RunDetail>(`/runs/${run}`, {}, signal),
      refetchInterval: ({ state }: { state: { data?: RunDetail } }) => (state.data?.run.finished_at === "" ? AGAIN_MS : false),
    })),
  });
  return named(runs, found);
}

/** Asked again as the run goes on. */
function versionOf(detail: RunDetail | undefined): number {
  return detail ? detail.run.turns + detail.run.steps_done : 0;
}

function usePoints(details: Asked<RunDetail>): Asked<Checkpoints> {
  const known = [...details].filter(([, { data }]) => data);
  const found = useQueries({
    queries: known.map(([run, { data }]) => ({
      queryKey: ["checkpoints", run, versionOf(data)],
      queryFn: ({ signal }: { signal: AbortSignal }) => get<Checkpoints>(`/runs/${run}/checkpoints`, {}, signal),
    })),
  });
  return named(known.map(([run]) => run), found);
}

function useAttemptTurns(sides: readonly Side[], details: Asked<RunDetail>): Asked<TurnLine[]> {
  const wanted = sides.filter(({ run, attempt }) => attempt > 0 && details.get(run)?.data);
  const steps = new Map(wanted.map(({ run, step }) => [`${run}:${step}`, { run, step }]));
  const found = useQueries({
    queries: [...steps.values()].map(({ run, step }) => ({
      queryKey: ["turns", run, step, versionOf(details.get(run)?.data)],
      queryFn: ({ signal }: { signal: AbortSignal }) => allTurns(run, step, signal),
    })),
  });
  return named([...steps.keys()], found);
}

function useDiffs(sides: readonly Side[], figures: readonly (Figures | null)[], details: Asked<RunDetail>) {
  return useQueries({
    queries: sides.map((side, at) => {
      const { from, to } = figures[at] ?? { from: "", to: "" };
      return {
        queryKey: ["compared", sideText(side), from, to, versionOf(details.get(side.run)?.data)],
        queryFn: ({ signal }: { signal: AbortSignal }) => get<Diff>(`/runs/${side.run}/diff`, { from, to }, signal),
        enabled: from !== "",
      };
    }),
  });
}

function named<Data>(names: readonly string[], found: readonly { data?: Data; error: Error | null }[]): Asked<Data> {
  return new Map(names.map((name, at) => [name, found[at] ?? { error: null }]));
}

async function allTurns(run: string, step: string, signal: AbortSignal): Promise<TurnLine[]> {
  const found: TurnLine[] = [];
  for (;;) {
    const page = await get<Turns>(`/runs/${run}/turns`, { step, after: found.at(-1)?.seq, limit: PAGE }, signal);
    found.push(...page.turns);
    if (!page.more || !page.turns.length) return found;
  }
}
