import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function DashboardScreen() {
  return (
    <Screen title="Dashboard">
      <Empty title="This screen is being built">
        <p className="quiet">It will use runs, fleet and costs.</p>
      </Empty>
    </Screen>
  );
}
