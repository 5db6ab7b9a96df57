import { Link } from "@tanstack/react-router";

/** The other screens of the same run. */
export function RunLinks({ run, step }: { run: string; step: string }) {
  return (
    <nav className="run-links" aria-label="Of this run">
      <Link to="/runs/$run/review" params={{ run }}>
        Review the changes
      </Link>
      <Link to="/runs/$run/files" params={{ run }}>
        Files
      </Link>
      <Link to="/runs/$run/plan" params={{ run }}>
        Edit the plan
      </Link>
      <Link to="/runs/$run/compare" params={{ run }} search={step ? { step } : {}}>
        Compare attempts
      </Link>
    </nav>
  );
}
