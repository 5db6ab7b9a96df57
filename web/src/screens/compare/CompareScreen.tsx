import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function CompareScreen() {
  return (
    <Screen title="Compare runs">
      <Empty title="This screen is being built">
        <p className="quiet">It will use several runs side by side.</p>
      </Empty>
    </Screen>
  );
}
