// What runs may spend. It stands in their submissions, which the list does not have.

import { get } from "../data/api";
import type { RunDetail, RunLine } from "../data/wire";
import { isOver } from "../data/words";

const AFTER_MS = 3_000;

/** Asks for them one after the other, once what somebody came for is on the page. */
export class Budgets {
  readonly known = new Map<string, number>();
  private readonly asked = new Set<string>();
  private last: Promise<void>;

  constructor(
    private readonly ask: (run: string) => Promise<number | null> = limitOf,
    begin: Promise<void> = new Promise((resolve) => setTimeout(resolve, AFTER_MS)),
  ) {
    this.last = begin;
  }

  /** Of runs that spend money and have not been asked about. */
  learn(lines: readonly RunLine[]): void {
    for (const line of lines) {
      if (this.asked.has(line.run) || !line.spent.known_usd || isOver(line)) continue;
      this.asked.add(line.run);
      this.last = this.last.then(() => this.read(line.run));
    }
  }

  private async read(run: string): Promise<void> {
    try {
      const usd = await this.ask(run);
      if (usd) this.known.set(run, usd);
    } catch {
      this.asked.delete(run); // asked again when it spends more
    }
  }
}

async function limitOf(run: string): Promise<number | null> {
  return (await get<RunDetail>(`/runs/${run}`)).submission.limits.usd;
}
