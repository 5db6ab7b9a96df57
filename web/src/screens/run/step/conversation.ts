// A step as a conversation: its events in the order in which a person reads them. Pure.

import type { AttemptLine, Event, Evidence, Failure, Message, Proof, Question } from "../../../data/wire";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

interface At {
  /** Of the event it comes from; several items may come from one. */
  seq: number;
  time: string;
}

export type Item = At &
  (
    | { what: "attempt"; attempt: number; round: number; worker: string; superseded: boolean; outcome: string }
    | { what: "prompt"; messages: readonly Message[]; applied: readonly string[]; notes: readonly string[] }
    | { what: "heard"; ask: number; text: string; by: string; turn: number }
    | { what: "turn"; turn: Of<"step.turn">; superseded: boolean }
    | { what: "course"; action: string; reason: string; text: string }
    | { what: "question"; question: Question }
    | { what: "evidence"; evidence: Evidence }
    | { what: "released"; attempt: number; reason: string }
    | { what: "done"; summary: string }
    | { what: "failed"; failure: Failure }
  );

/** `attempts` as the fold has them: they tell which attempt is the current one. `proofs` are put in by their time. */
export function conversation(events: readonly Event[], attempts: readonly AttemptLine[], proofs: readonly Proof[] = []): Item[] {
  const taken = tracedBack(events);
  const current = attempts.at(-1)?.attempt ?? 0;
  const outcomes = new Map(attempts.map(({ attempt, outcome }) => [attempt, outcome]));
  const items = events.flatMap((event) => itemsOf(event, { taken, current, outcomes }));
  const first = Date.parse(events[0]?.time ?? "");
  const seen = proofs.filter(({ at }) => Date.parse(at) >= first);
  if (!seen.length) return items;
  const evidence = seen.map(({ at, evidence }): Item => ({ seq: 0, time: at, what: "evidence", evidence }));
  return [...evidence, ...items].sort((a, b) => Date.parse(a.time) - Date.parse(b.time)); // stable: evidence comes first
}

/** Where a link to a turn or an attempt leads; -1: nowhere that is at hand. */
export function findAsked(items: readonly Item[], turn: number | undefined, attempt: number | undefined): number {
  return items.findIndex((item) => {
    if (turn) return item.what === "turn" && item.turn.turn === turn && (!attempt || item.turn.attempt === attempt);
    return item.what === "attempt" && item.attempt === attempt;
  });
}

interface Around {
  taken: ReadonlySet<number>;
  current: number;
  outcomes: ReadonlyMap<number, string>;
}

function itemsOf(event: Event, { taken, current, outcomes }: Around): Item[] {
  const at = { seq: event.seq, time: event.time };
  switch (event.kind) {
    case "step.started": {
      const { attempt, round, worker } = event;
      const outcome = outcomes.get(attempt) ?? "";
      return [{ ...at, what: "attempt", attempt, round, worker, superseded: attempt < current, outcome }];
    }
    case "step.opened":
      return [{ ...at, what: "prompt", messages: event.prompt, applied: event.applied, notes: event.notes }];
    case "step.turn": {
      const heard = event.heard.map((one): Item => ({ ...at, what: "heard", ...one, turn: event.turn }));
      return [...heard, { ...at, what: "turn", turn: event, superseded: taken.has(event.seq) }];
    }
    case "step.steered":
      return [{ ...at, what: "course", action: event.action, reason: event.reason, text: event.text }];
    case "step.waiting":
      return [{ ...at, what: "question", question: event.question }];
    case "step.released":
      return [{ ...at, what: "released", attempt: event.attempt, reason: event.reason }];
    case "step.done":
      return [{ ...at, what: "done", summary: event.summary }];
    case "step.failed":
      return [{ ...at, what: "failed", failure: event.failure }];
    default:
      return [];
  }
}

/** Turns that count no more, by their sequence: a rewind took them out of the conversation. */
function tracedBack(events: readonly Event[]): ReadonlySet<number> {
  const standing: Of<"step.turn">[] = [];
  const taken = new Set<number>();
  for (const event of events) {
    if (event.kind === "step.turn") standing.push(event);
    if (event.kind !== "step.steered" || event.action !== "rewind") continue;
    while (standing.length && standing.at(-1)!.turn > event.to_turn) taken.add(standing.pop()!.seq);
  }
  return taken;
}
