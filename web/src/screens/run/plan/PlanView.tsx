import { Suspense } from "react";
import type { RunDetail } from "../../../data/wire";
import { Skeleton } from "../../../ui/Skeleton";
import { useMedia } from "../../../ui/useMedia";
import { PlanGraph } from "../views";

interface Props {
  detail: RunDetail;
  selected: string;
  critical: ReadonlySet<string>;
  now: number;
  onPick(step: string): void;
}

/** The graph where there is room for one. Its twin, the list of steps, is always there. */
export function PlanView(props: Props) {
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
