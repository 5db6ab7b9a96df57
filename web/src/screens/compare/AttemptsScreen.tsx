import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function AttemptsScreen() {
  return (
    <Screen title="Compare attempts">
      <Empty title="This screen is being built">
        <p className="quiet">It will use the attempts of a step.</p>
      </Empty>
    </Screen>
  );
}
