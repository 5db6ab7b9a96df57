import type { ErrorComponentProps } from "@tanstack/react-router";
import { Button } from "../ui/Button";
import { Problem } from "../ui/Problem";
import { Screen } from "./Screen";

/** In place of one screen that broke; the rest of the page goes on. */
export function ScreenFailed({ error, reset }: ErrorComponentProps) {
  const said = error instanceof Error ? error.message : String(error);
  const problem = isOutdated(said)
    ? { message: "A part of this page could not be loaded", fix: "the gateway may have been updated: load the page again" }
    : { message: `This screen broke: ${said}`, fix: "the runs themselves are not touched by this" };
  return (
    <Screen title="Something went wrong">
      <Problem problem={problem} />
      <div className="row-of">
        <Button kind="main" onClick={reset}>
          Show this screen again
        </Button>
        <Button onClick={() => window.location.reload()}>Load the page again</Button>
      </div>
    </Screen>
  );
}

/** The build names its files after their content, so those of an older build are gone. */
function isOutdated(said: string): boolean {
  return /dynamically imported module|Importing a module script failed/i.test(said);
}
