import { Suspense } from "react";
import { Skeleton } from "../../../ui/Skeleton";
import { useMedia } from "../../../ui/useMedia";
import type { GraphProps } from "../graph/PlanGraph";
import { PlanGraph } from "../views";

/** The graph where there is room for one. Its twin, the list of steps, is always there. */
export function PlanView(props: GraphProps) {
  const roomy = useMedia("(min-width: 44rem)");
  if (!roomy || !props.detail.steps.length) return null;
  return (
    <Suspense fallback={<Drawing several={props.detail.steps.length > 1} />}>
      <PlanGraph {...props} />
    </Suspense>
  );
}

/** About as high as the graph will be. */
function Drawing({ several }: { several: boolean }) {
  return (
    <div style={{ minHeight: several ? 240 : 128 }}>
      <Skeleton lines={4} label="Drawing the plan" />
    </div>
  );
}
