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
  const based = plan.revisions.some(({ revision }) => revision === kept.revision) ? kept.revision : plan.revision;
  const base = useMemo(() => stepsOf(plan, based), [plan, based]);
  const current = useMemo(() => stepsOf(plan, plan.revision), [plan]);
  const [edit, setEdit] = useState<Edit>(() => begin(kept.revision === based ? kept.steps : base));
  const [conflicts, setConflicts] = useState<{ id: string; text: string }[]>([]);
  const touched = !same(edit.steps, base);
  // Nobody has changed anything: what is shown is the plan as it stands.
  const steps = touched ? edit.steps : current;
  const locks = useMemo(() => locksOf(lines), [lines]);
  const taken = useMemo(() => takenNames(lines, current), [lines, current]);
  const roles = useMemo(() => [...new Set([...plan.roles, ...current.map(({ role }) => role)])].filter((role) => role !== PLANNER), [plan, current]);
  const fixed = useMemo(() => unchanged(steps, current, new Set(locks.keys())), [steps, current, locks]);
  const problems = useMemo(() => problemsOf(steps, roles, fixed, taken), [steps, roles, fixed, taken]);
  const put = (next: Edit, revision = touched ? based : plan.revision) => {
    setEdit(next);
    keep(() => ({ revision, steps: next.steps }));
  };
  const drop = () => {
    setConflicts([]);
    setEdit(begin(current));
    keep(() => NOTHING);
  };
  const carry = () => {
    const moved = rebase(base, edit.steps, current, new Set(locks.keys()));
    setConflicts(moved.conflicts);
    put({ steps: moved.steps, past: [], future: [] }, plan.revision);
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
    diff: useMemo(() => planDiff(touched ? base : current, steps), [touched, base, current, steps]),
    conflicts,
    canUndo: touched && edit.past.length > 0,
    canRedo: edit.future.length > 0,
    apply: (wanted: Change) => put(change(touched ? edit : begin(current), wanted)),
    undo: () => put(undo(edit)),
    redo: () => put(redo(edit)),
    drop,
    carry,
  };
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
