import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function FleetScreen() {
  return (
    <Screen title="Fleet">
      <Empty title="This screen is being built">
        <p className="quiet">It will use the fleet, live.</p>
      </Empty>
    </Screen>
  );
}
