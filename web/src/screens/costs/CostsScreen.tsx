import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function CostsScreen() {
  return (
    <Screen title="Costs">
      <Empty title="This screen is being built">
        <p className="quiet">It will use GET /api/v1/costs.</p>
      </Empty>
    </Screen>
  );
}
