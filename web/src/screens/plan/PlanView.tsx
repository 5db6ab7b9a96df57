import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { announce } from "../../app/announce";
import type { Plan, RunDetail } from "../../data/wire";
import { plural } from "../../data/words";
import { Button } from "../../ui/Button";
import { Approval } from "./Approval";
import { newName, type Change } from "./edit";
import type { Lock } from "./locks";
import { Revisions } from "./Revisions";
import { Sending } from "./Sending";
import type { Step } from "./step";
import { StepForm } from "./StepForm";
import { StepRow } from "./StepRow";
import { usePlanEdit } from "./usePlan";

const route = getRouteApi("/runs/$run/plan");

/** The step somebody asked for, else the first that can be edited. */
function placeOf(steps: readonly Step[], name: string | undefined, locks: ReadonlyMap<string, Lock>): number {
  const asked = steps.findIndex(({ id }) => id === name);
  return Math.max(asked < 0 ? steps.findIndex(({ id }) => !locks.has(id)) : asked, 0);
}

export function PlanView({ detail, plan }: { detail: RunDetail; plan: Plan }) {
  const run = detail.run.run;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const editing = usePlanEdit(run, plan, detail.steps);
  const { steps, locks, problems, base } = editing;
  const editable = !detail.run.finished_at;
  // By its place, as its name may be typed just now; the address names it for links.
  const [place, setPlace] = useState(() => placeOf(steps, search.step, locks));
  const chosen = Math.min(place, steps.length - 1);
  const step = steps[chosen];
  const lines = new Map(detail.steps.map((line) => [line.step, line]));
  const known = new Set(base.map(({ id }) => id));
  const question = detail.questions.find((open) => open.question.kind === "plan")?.question;

  const apply = (wanted: Change, focus: number) => {
    editing.apply(wanted);
    // The row is drawn in its new place first.
    requestAnimationFrame(() => document.getElementById(`plan-step-${focus}`)?.focus());
  };
  const choose = (at: number, id: string) => {
    setPlace(at);
    set({ step: id });
  };
  const move = (at: number, by: 1 | -1) => {
    const to = at + by;
    if (to < 0 || to >= steps.length) return;
    setPlace(chosen === at ? to : chosen === to ? at : chosen);
    apply({ what: "move", at, by }, to);
    announce(`${steps[at]?.id} is now at place ${to + 1} of ${steps.length}`);
  };
  const remove = (at: number) => {
    setPlace(chosen > at ? chosen - 1 : chosen);
    apply({ what: "remove", at }, Math.max(at - 1, 0));
    announce(`${steps[at]?.id} is taken out; undo brings it back`);
  };
  const add = () => {
    const role = editing.roles.includes("coder") ? "coder" : (editing.roles[0] ?? "");
    apply({ what: "add", after: steps.length - 1, role, taken: editing.taken }, steps.length);
    choose(steps.length, newName(steps, editing.taken));
  };
  return (
    <>
      {question && <Approval run={run} question={question} edited={editing.touched} />}
      <div className="row-of">
        <span>
          Revision {plan.revision}, {plural(steps.length, "step")}
        </span>
        {editable && (
          <>
            <Button onClick={add}>Add a step</Button>
            <Button idle={!editing.canUndo} onClick={editing.undo}>
              Undo
            </Button>
            <Button idle={!editing.canRedo} onClick={editing.redo}>
              Redo
            </Button>
            <span className="quiet small">Alt with ↑ ↓ moves a step, Alt with Delete takes it out.</span>
          </>
        )}
        {!editable && <span className="quiet small">The run has ended: its plan stays as it is.</span>}
      </div>
      <div className="plan-panes">
        <ol className="plain-list plan-list" aria-label="Steps of the plan">
          {steps.map(({ id }, at) => (
            <StepRow
              key={at}
              step={steps[at] as (typeof steps)[number]}
              at={at}
              last={at === steps.length - 1}
              line={lines.get(id)}
              lock={locks.get(id) ?? null}
              wrong={problems.filter((problem) => problem.at === at).length}
              current={at === chosen}
              fresh={!known.has(id)}
              editable={editable}
              onOpen={() => choose(at, id)}
              onMove={(by) => move(at, by)}
              onRemove={() => remove(at)}
            />
          ))}
        </ol>
        {step && (
          <section className="panel" aria-label="The chosen step">
            <StepForm
              key={chosen}
              step={step}
              others={steps.flatMap(({ id }, at) => (at === chosen ? [] : [id]))}
              roles={editing.roles}
              problems={problems.filter(({ at }) => at === chosen)}
              lock={locks.get(step.id) ?? null}
              editable={editable}
              onChange={(next) => {
                editing.apply({ what: "set", at: chosen, step: next });
                if (next.id !== step.id) set({ step: next.id });
              }}
            />
          </section>
        )}
        <div className="stack plan-beside">
          {editable && <Sending run={run} editing={editing} current={plan.revision} />}
          <Revisions
            plan={plan}
            from={search.from ?? Math.max(plan.revision - 1, 1)}
            to={search.to ?? plan.revision}
            onPick={(from, to) => set({ from, to })}
          />
        </div>
      </div>
    </>
  );
}
