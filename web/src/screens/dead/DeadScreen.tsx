import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function DeadScreen() {
  return (
    <Screen title="Dead letters">
      <Empty title="This screen is being built">
        <p className="quiet">It will use GET /api/v1/dead.</p>
      </Empty>
    </Screen>
  );
}
