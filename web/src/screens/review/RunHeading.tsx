import "./heading.css";
import { Link } from "@tanstack/react-router";
import type { RunLine } from "../../data/wire";

/** What this screen is, and the run it is about, which one can go back to. */
export function RunHeading({ words, run }: { words: string; run: RunLine }) {
  return (
    <span className="review-heading">
      {words}{" "}
      <Link className="review-task clamp-1" to="/runs/$run" params={{ run: run.run }} title={run.task}>
        {run.task}
      </Link>
    </span>
  );
}
