import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function MemoryScreen() {
  return (
    <Screen title="Memory">
      <Empty title="This screen is being built">
        <p className="quiet">It will use GET /api/v1/memory.</p>
      </Empty>
    </Screen>
  );
}
