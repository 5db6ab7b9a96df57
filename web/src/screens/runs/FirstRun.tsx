import { Link } from "@tanstack/react-router";
import { Command } from "../../ui/Command";
import { Empty } from "../../ui/Empty";
import { DemoButton } from "../new/DemoButton";
import { Health } from "./Health";

/** What somebody sees who has just started the fleet. */
export function FirstRun() {
  return (
    <>
      <Empty title="No runs yet">
        <p>The demo has a small repository with a bug fixed by a built-in model. It needs no key and takes a minute.</p>
        <div className="row-of">
          <DemoButton />
          <Link to="/new" className="button button-plain">
            New run
          </Link>
        </div>
        <p>In a terminal, the demo, and a repository of your own:</p>
        <Command>mycoder demo</Command>
        <Command>mycoder run "make the failing tests pass" --repo PATH</Command>
        <p className="quiet">A run appears here as soon as it is accepted.</p>
      </Empty>
      <Health />
    </>
  );
}
