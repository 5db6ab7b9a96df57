// The one connection to the gateway: subscribing, resuming after a gap, handing on what arrives.

import { io, type Socket } from "socket.io-client";
import type { Event, RunDetail, RunLine, TurnLine } from "./wire";

export interface Problem {
  code: string;
  message: string;
  fix: string;
}

export type Link = "connecting" | "live" | "lost" | "refused";

export interface RunSnapshot {
  run: string;
  seq: number;
  detail?: RunDetail;
  turns?: TurnLine[];
}

interface Answer<Data> {
  ok: boolean;
  data: Data;
  error: Problem;
}

export interface Listener {
  link(state: Link): void;
  runs(lines: RunLine[], whole: boolean): void;
  snapshot(snapshot: RunSnapshot): void;
  event(event: Event): void;
  /** What keeps a subscription from working; null when it works. */
  problem(room: "runs" | "run", problem: Problem | null): void;
  /** The last sequence applied to the run on show, if there is one. */
  cursor(run: string): number | undefined;
}

const ANSWER_WITHIN_MS = 12_000;
const AGAIN_AFTER_MS = 2_000;

export class Connection {
  private readonly socket: Socket;
  private run = "";

  constructor(private readonly listener: Listener) {
    this.socket = io({ transports: ["websocket"], reconnectionDelay: 400, reconnectionDelayMax: 10_000, timeout: 10_000 });
    this.socket.on("connect", () => {
      listener.link("live");
      this.askList();
      this.askRun();
    });
    this.socket.on("disconnect", () => listener.link("lost"));
    this.socket.on("connect_error", () => listener.link(this.socket.active ? "lost" : "refused"));
    this.socket.on("runs", (change: { runs: RunLine[] }) => listener.runs(change.runs, false));
    this.socket.on("event", (event: Event) => listener.event(event));
  }

  /** Watch one run, or none. */
  watch(run: string): void {
    if (run === this.run) return;
    if (this.run) this.socket.volatile.emit("unsubscribe", { run: this.run });
    this.run = run;
    this.askRun();
  }

  private askList(): void {
    this.subscribe<{ runs: RunLine[] }>({}, (answer) => {
      this.listener.problem("runs", answer.ok ? null : answer.error);
      if (answer.ok) this.listener.runs(answer.data.runs, true);
      else this.later(answer.error, () => this.askList());
    });
  }

  private askRun(): void {
    const run = this.run;
    if (!run) return;
    const after_seq = this.listener.cursor(run);
    this.subscribe<RunSnapshot>(after_seq === undefined ? { run } : { run, after_seq }, (answer) => {
      if (run !== this.run) return;
      this.listener.problem("run", answer.ok ? null : answer.error);
      if (answer.ok) {
        this.run = answer.data.run; // the beginning of an id is enough to ask
        this.listener.snapshot(answer.data);
      } else {
        this.later(answer.error, () => run === this.run && this.askRun());
      }
    });
  }

  private subscribe<Data>(what: object, take: (answer: Answer<Data>) => void): void {
    if (!this.socket.connected) return; // asked again on connect
    this.socket.timeout(ANSWER_WITHIN_MS).emit("subscribe", what, (late: Error | null, answer: Answer<Data>) => {
      if (!late) take(answer);
      else if (this.socket.connected) this.subscribe(what, take);
    });
  }

  /** A part of the fleet that does not answer may be back soon; anything else stays wrong. */
  private later(error: Problem, again: () => void): void {
    if (error.code === "unavailable") setTimeout(again, AGAIN_AFTER_MS);
  }
}
