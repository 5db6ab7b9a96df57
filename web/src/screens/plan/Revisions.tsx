import { useMemo } from "react";
import type { Plan } from "../../data/wire";
import { Select } from "../../ui/Field";
import { DiffList } from "./DiffList";
import { planDiff } from "./revisions";
import { stepsOf } from "./usePlan";

interface Props {
  plan: Plan;
  from: number;
  to: number;
  onPick(from: number, to: number): void;
}

/** What has become of the plan, revision by revision. */
export function Revisions({ plan, from, to, onPick }: Props) {
  const options = plan.revisions.map(({ revision, reason }): [string, string] => [String(revision), `${revision}: ${reason || "the first plan"}`]);
  const diff = useMemo(() => planDiff(stepsOf(plan, from), stepsOf(plan, to)), [plan, from, to]);
  return (
    <section className="panel stack" aria-label="Revisions">
      <h2>Revisions</h2>
      <div className="row-of">
        <Select className="plan-revision" aria-label="Earlier revision" value={String(from)} options={options} onPick={(value) => onPick(Number(value), to)} />
        <span aria-hidden="true">→</span>
        <Select className="plan-revision" aria-label="Later revision" value={String(to)} options={options} onPick={(value) => onPick(from, Number(value))} />
      </div>
      <DiffList diff={diff} nothing={plan.revisions.length < 2 ? "There is only this one so far." : "These two are the same."} />
    </section>
  );
}
