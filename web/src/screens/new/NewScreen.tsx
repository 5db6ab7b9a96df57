import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function NewScreen() {
  return (
    <Screen title="New run">
      <Empty title="This screen is being built">
        <p className="quiet">It will use POST /api/v1/runs.</p>
      </Empty>
    </Screen>
  );
}
