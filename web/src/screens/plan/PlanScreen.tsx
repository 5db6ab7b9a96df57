import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function PlanScreen() {
  return (
    <Screen title="Plan">
      <Empty title="This screen is being built">
        <p className="quiet">It will use the revisions of a run's plan.</p>
      </Empty>
    </Screen>
  );
}
