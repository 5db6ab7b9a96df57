import { Link } from "@tanstack/react-router";

/** The other screens of the same run. */
export function RunLinks({ run, step, over }: { run: string; step: string; over: boolean }) {
  return (
    <nav className="run-links" aria-label="Of this run">
      <Link to="/runs/$run/review" params={{ run }}>
        Review the changes
      </Link>
      <Link to="/runs/$run/files" params={{ run }}>
        Files
      </Link>
      <Link to="/runs/$run/plan" params={{ run }}>
        {over ? "Plan" : "Edit the plan"}
      </Link>
      <Link to="/runs/$run/compare" params={{ run }} search={step ? { step } : {}}>
        Compare attempts
      </Link>
    </nav>
  );
}
