import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function ReviewScreen() {
  return (
    <Screen title="Review">
      <Empty title="This screen is being built">
        <p className="quiet">It will use the diff of a run.</p>
      </Empty>
    </Screen>
  );
}
