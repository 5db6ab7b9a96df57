// Commands on their way: sent again with the same id until somebody answers, so that none is lost or done twice.

import { ApiProblem } from "./api";
import type { Problem } from "./problem";
import type { AnyCommand, Outcome } from "./wire";

export interface Answer<Data> {
  ok: boolean;
  data: Data;
  error: Problem;
}

/** Hands an order over; `take` gets the answer, or null when none came in time. */
type Give = (order: AnyCommand, take: (answer: Answer<Outcome> | null) => void) => void;

const GIVE_UP_MS = 90_000;

export class Orders {
  private readonly open = new Map<string, () => void>();

  constructor(private readonly give: Give) {}

  /** Resolves with what became of it; rejects with an ApiProblem. */
  order(order: AnyCommand): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(() => reject(noAnswer())), GIVE_UP_MS);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.open.delete(order.id);
        settle();
      };
      const attempt = () =>
        this.give(order, (answer) => {
          if (this.open.get(order.id) !== attempt) return;
          if (!answer) return attempt();
          if (answer.ok) end(() => resolve(answer.data));
          else end(() => reject(new ApiProblem(0, answer.error.code, answer.error.message, answer.error.fix)));
        });
      this.open.set(order.id, attempt);
      attempt();
    });
  }

  /** The connection is there again. */
  again(): void {
    for (const attempt of [...this.open.values()]) attempt();
  }
}

function noAnswer(): ApiProblem {
  return new ApiProblem(0, "no_answer", "Nobody answered the command", "look whether it was carried out, then try again");
}
