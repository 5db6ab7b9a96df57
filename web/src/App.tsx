import { useEffect } from "react";
import { LinkChip } from "./LinkChip";
import { follow, runOf, usePath } from "./route";
import { RunPage } from "./RunPage";
import { RunsPage } from "./RunsPage";
import { watch } from "./store";

export function App() {
  const run = runOf(usePath());
  useEffect(() => watch(run), [run]);
  return (
    <>
      <header className="bar">
        <a className="brand" href="/" onClick={follow}>
          mycoder
        </a>
        <LinkChip />
      </header>
      <main>{run ? <RunPage asked={run} /> : <RunsPage />}</main>
    </>
  );
}
