// Giving a command from a control: busy while it is on its way, and what was wrong beside the control.

import { useCallback, useRef, useState } from "react";
import { ApiProblem } from "./api";
import { newId } from "./id";
import type { Problem } from "./problem";
import { command } from "./store";
import type { AnyCommand, Outcome } from "./wire";

/** A command without its id. */
export type Wanted = AnyCommand extends infer One ? (One extends AnyCommand ? Omit<One, "id"> : never) : never;

interface State {
  busy: boolean;
  problem: Pick<Problem, "message" | "fix"> | null;
  outcome: Outcome | null;
}

const IDLE: State = { busy: false, problem: null, outcome: null };

export interface Giving extends State {
  /** Whether it was taken: accepted, or stored for an orchestrator to come. */
  give(wanted: Wanted): Promise<boolean>;
  clear(): void;
}

/** The same command tried again after it failed carries the same id, so it is done once. */
export function useCommand(): Giving {
  const [state, setState] = useState(IDLE);
  const last = useRef({ said: "", id: "" });
  const give = useCallback(async (wanted: Wanted) => {
    const said = JSON.stringify(wanted);
    if (last.current.said !== said) last.current = { said, id: newId() };
    setState({ ...IDLE, busy: true });
    try {
      const outcome = await command({ ...wanted, id: last.current.id } as AnyCommand);
      last.current = { said: "", id: "" };
      setState({ busy: false, problem: refusal(outcome), outcome });
      return outcome.outcome !== "refused";
    } catch (error) {
      setState({ busy: false, problem: told(error), outcome: null });
      return false;
    }
  }, []);
  const clear = useCallback(() => setState(IDLE), []);
  return { ...state, give, clear };
}

function refusal(outcome: Outcome): State["problem"] {
  return outcome.outcome === "refused" ? { message: outcome.reason || "It was refused", fix: "" } : null;
}

export function told(error: unknown): Pick<Problem, "message" | "fix"> {
  if (error instanceof ApiProblem) return error;
  return { message: error instanceof Error ? error.message : String(error), fix: "" };
}
