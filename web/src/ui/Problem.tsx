import "./Problem.css";
import { sentence } from "../data/words";
import { Button } from "./Button";

interface Props {
  problem: { message: string; fix?: string } | null | undefined;
  onRetry?(): void;
}

/** What went wrong and what helps; nothing when nothing did. Takes an ApiProblem or any Error too. */
export function Problem({ problem, onRetry }: Props) {
  if (!problem) return null;
  return (
    <div role="alert" className="problem">
      <p>{sentence(problem.message)}</p>
      {problem.fix && <p className="quiet">What helps: {problem.fix}</p>}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
