import { Link } from "@tanstack/react-router";
import { Empty } from "../ui/Empty";
import { Screen } from "./Screen";

export function NotFound() {
  return (
    <Screen title="Nothing is here">
      <Empty title="No screen has this address">
        <Link to="/">All runs</Link>
      </Empty>
    </Screen>
  );
}
