import type { PlanDiff } from "./revisions";

const MARKS = { added: "+", removed: "−", changed: "±" } as const;

export function DiffList({ diff, nothing }: { diff: PlanDiff; nothing: string }) {
  if (!diff.steps.length && !diff.reordered) return <p className="quiet small">{nothing}</p>;
  return (
    <ul className="plain-list plan-diff">
      {diff.reordered && <li className="quiet">The order of steps is another one.</li>}
      {diff.steps.map(({ id, what, fields }, at) => (
        <li key={at}>
          <span className={`plan-${what}`}>
            <span aria-hidden="true">{MARKS[what]}</span> {what} <b>{id}</b>
          </span>
          {fields.map(({ field, before, after }) => (
            <div key={field} className="plan-change small">
              <span className="quiet">{field}</span>
              <del>{before || "(nothing)"}</del>
              <ins>{after || "(nothing)"}</ins>
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}
