import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function FilesScreen() {
  return (
    <Screen title="Files">
      <Empty title="This screen is being built">
        <p className="quiet">It will use the tree of a run's snapshots.</p>
      </Empty>
    </Screen>
  );
}
