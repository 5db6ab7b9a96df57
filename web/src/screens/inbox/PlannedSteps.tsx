import { useQuery } from "@tanstack/react-query";
import { get } from "../../data/api";
import type { Plan } from "../../data/wire";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";

/** The steps a plan would carry out, as nobody can say yes to what they have not seen. */
export function PlannedSteps({ run, question }: { run: string; question: string }) {
  const { data, error } = useQuery({
    queryKey: ["plan", run, question],
    queryFn: ({ signal }) => get<Plan>(`/runs/${run}/plan`, {}, signal),
  });
  if (error) return <Problem problem={error} />;
  if (!data) return <Skeleton label="Loading the plan" />;
  const planned = data.revisions.find(({ revision }) => revision === data.revision);
  return (
    <ol className="inbox-card-steps" aria-label="Steps of the plan">
      {planned?.steps.map(({ id, role, goal, needs = [] }) => (
        <li key={id}>
          <b>{id}</b> <span className="quiet">{role}</span>
          {needs.length > 0 && <span className="quiet small"> after {needs.join(", ")}</span>}
          <span className="clamp-2">{goal}</span>
        </li>
      ))}
    </ol>
  );
}
