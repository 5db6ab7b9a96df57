import { Screen } from "../../app/Screen";
import { Empty } from "../../ui/Empty";

export function InboxScreen() {
  return (
    <Screen title="Inbox">
      <Empty title="This screen is being built">
        <p className="quiet">It will use the open questions of all runs.</p>
      </Empty>
    </Screen>
  );
}
