import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function SettingsScreen() {
  return (
    <Screen title="Settings">
      <Empty title="This screen is being built">
        <p className="quiet">It will use GET /api/v1/config.</p>
      </Empty>
    </Screen>
  );
}
