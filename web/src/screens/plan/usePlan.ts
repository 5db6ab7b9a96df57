// The plan, the edit a person makes of it, and sending that. An edit outlives a reload; the fleet has the last word.

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { get } from "../../data/api";
import { newId } from "../../data/id";
import { command } from "../../data/store";
import type { Plan, StepLine } from "../../data/wire";
import { useKept } from "../review/kept";
import { begin, change, redo, same, undo, type Change, type Edit } from "./edit";
import { locksOf, takenNames } from "./locks";
import { problemsOf } from "./problems";
import { planDiff, rebase } from "./revisions";
import { whole, type Step } from "./step";

const PLANNER = "planner";

export function usePlan(run: string, revision: number) {
  return useQuery({
    queryKey: ["plan", run, revision],
    queryFn: ({ signal }) => get<Plan>(`/runs/${run}/plan`, {}, signal),
    placeholderData: keepPreviousData,
  });
}

export function stepsOf(plan: Plan, revision: number): Step[] {
  return (plan.revisions.find((one) => one.revision === revision)?.steps ?? []).map(whole);
}

interface Kept {
  revision: number;
  steps: Step[];
}

const NOTHING: Kept = { revision: 0, steps: [] };

export function usePlanEdit(run: string, plan: Plan, lines: readonly StepLine[]) {
  const [kept, keep] = useKept<Kept>(`mycoder.plan.${run}`, NOTHING);
  const isKnown = plan.revisions.some(({ revision }) => revision === kept.revision);
  const [own, setOwn] = useState<Edit | null>(() => (isKnown ? begin(kept.steps) : null));
  const [conflicts, setConflicts] = useState<{ id: string; text: string }[]>([]);
  const current = useMemo(() => stepsOf(plan, plan.revision), [plan]);
  const based = own && isKnown ? kept.revision : plan.revision;
  const base = useMemo(() => stepsOf(plan, based), [plan, based]);
  // As long as nobody has changed anything, what is shown is the plan as it stands.
  const touched = own !== null && !same(own.steps, base);
  const edit = touched ? own : begin(current);
  const { steps } = edit;
  const locks = useMemo(() => locksOf(lines), [lines]);
  const taken = useMemo(() => takenNames(lines, current), [lines, current]);
  const roles = useMemo(() => rolesOf(plan, current), [plan, current]);
  const problems = problemsOf(steps, roles, unchanged(steps, current, new Set(locks.keys())), taken);
  const put = (next: Edit, revision = touched ? based : plan.revision) => {
    setOwn(next);
    keep(() => ({ revision, steps: next.steps }));
  };
  const drop = () => {
    setConflicts([]);
    setOwn(null);
    keep(() => NOTHING);
  };
  const carry = () => {
    const moved = rebase(base, steps, current, new Set(locks.keys()));
    setConflicts(moved.conflicts);
    put(begin(moved.steps), plan.revision);
  };
  return {
    steps,
    base: touched ? base : current,
    based: touched ? based : plan.revision,
    touched,
    stale: touched && based !== plan.revision,
    locks,
    taken,
    roles,
    problems,
    diff: planDiff(touched ? base : current, steps),
    conflicts,
    canUndo: own !== null && own.past.length > 0,
    canRedo: own !== null && own.future.length > 0,
    apply: (wanted: Change) => put(change(edit, wanted)),
    undo: () => own && put(undo(own)),
    redo: () => own && put(redo(own)),
    drop,
    carry,
  };
}

function rolesOf(plan: Plan, steps: readonly Step[]): string[] {
  return [...new Set([...plan.roles, ...steps.map(({ role }) => role)])].filter((role) => role !== PLANNER);
}

/** Places of steps that have begun and are as they were. */
function unchanged(steps: readonly Step[], plan: readonly Step[], begun: ReadonlySet<string>): Set<number> {
  const was = new Map(plan.map((step) => [step.id, step]));
  return new Set(steps.flatMap((step, at) => (begun.has(step.id) && same(was.get(step.id), step) ? [at] : [])));
}

export type PlanEditing = ReturnType<typeof usePlanEdit>;

export function useSubmit(run: string, onDone: () => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  const queries = useQueryClient();
  const submit = async (revision: number, steps: readonly Step[]) => {
    setBusy(true);
    setProblem(null);
    try {
      const done = await command({ what: "edit", id: newId(), run, revision, steps: [...steps] });
      if (done.outcome === "refused") throw new Error(done.reason || "the edit was refused");
      onDone();
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ["plan", run] });
    }
  };
  return { busy, problem, submit };
}
