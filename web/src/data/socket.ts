// The one connection to the gateway: subscribing, resuming after a gap, handing on what arrives, giving commands.

import { io, type Socket } from "socket.io-client";
import { Orders, type Answer } from "./orders";
import type { Problem } from "./problem";
import type { AnyCommand, Event, Fleet, InboxChanged, LiveText, OpenQuestion, Outcome } from "./wire";
import type { RunLine, RunSnapshot, RunsChanged } from "./wire";

/** `behind`: what is shown of the run is on its way to what its log holds. */
export type Link = "connecting" | "live" | "behind" | "lost" | "refused";

/** What can be subscribed to; the one run on show is `run`. */
export type Room = "runs" | "run" | "inbox" | "fleet";

export interface Listener {
  link(state: Link): void;
  runs(lines: RunLine[], whole: boolean): void;
  inbox(questions: OpenQuestion[]): void;
  fleet(fleet: Fleet): void;
  snapshot(snapshot: RunSnapshot): void;
  event(event: Event): void;
  live(piece: LiveText): void;
  /** What keeps a subscription from working; null when it works. */
  problem(room: Room, problem: Problem | null): void;
  /** The last sequence applied to the run on show, if there is one. */
  cursor(run: string): number | undefined;
}

const ANSWER_WITHIN_MS = 12_000;
const AGAIN_AFTER_MS = 2_000;
/** Events to catch up with one by one. From further away, a snapshot is nearer. */
const AT_MOST = 1_000;
/** So many events within this time: there may be many more to come. */
const FLOOD_MS = 5_000;

export class Connection {
  private readonly socket: Socket;
  private readonly orders: Orders;
  private readonly rooms = new Set<Room>(["runs", "inbox"]);
  private run = "";
  /** Events since it was last looked how fast they come, and when that was. */
  private taken = 0;
  private since = 0;

  constructor(private readonly listener: Listener) {
    this.socket = io({
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 300,
      reconnectionDelayMax: 800, // a gateway that was killed is back within a second or two
      timeout: 10_000,
    });
    this.orders = new Orders((order, take) => this.emit("command", order, take));
    this.socket.on("connect", () => {
      listener.link("live");
      this.askRun(); // what somebody looks at comes first: memory answers one question after the other
      for (const room of this.rooms) this.ask(room);
      this.orders.again();
    });
    this.socket.on("disconnect", () => listener.link("lost"));
    this.socket.on("connect_error", () => listener.link(this.socket.active ? "lost" : "refused"));
    this.socket.on("runs", (change: RunsChanged) => listener.runs(change.runs, false));
    this.socket.on("inbox", (inbox: InboxChanged) => listener.inbox(inbox.questions));
    this.socket.on("fleet", (fleet: Fleet) => listener.fleet(fleet));
    this.socket.on("event", (event: Event) => this.take(event));
    this.socket.on("live", (piece: LiveText) => listener.live(piece));
    window.addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  /** Watch one run, or none. */
  watch(run: string): void {
    if (run === this.run) return;
    if (this.run) this.socket.volatile.emit("unsubscribe", { run: this.run });
    this.run = run;
    this.setBehind(false);
    this.askRun();
  }

  enter(room: Room): void {
    this.rooms.add(room);
    this.ask(room);
  }

  leave(room: Room): void {
    if (this.rooms.delete(room)) this.socket.volatile.emit("unsubscribe", { room });
  }

  command(order: AnyCommand): Promise<Outcome> {
    return this.orders.order(order);
  }

  /** Not waiting for the next attempt: somebody looks, or the network is back. */
  private hurry(): void {
    if (!this.socket.connected && this.socket.active) this.socket.disconnect().connect();
  }

  private ask(room: Room): void {
    const what = room === "runs" ? {} : { room };
    this.subscribe<unknown>(what, (answer) => {
      this.listener.problem(room, answer.ok ? null : answer.error);
      if (answer.ok) this.hand(room, answer.data);
      else this.later(answer.error, () => this.rooms.has(room) && this.ask(room));
    });
  }

  private hand(room: Room, data: unknown): void {
    if (room === "runs") this.listener.runs((data as RunsChanged).runs, true);
    else if (room === "inbox") this.listener.inbox((data as InboxChanged).questions);
    else if (room === "fleet") this.listener.fleet(data as Fleet);
  }

  private askRun(): void {
    const run = this.run;
    if (!run) return;
    const after_seq = this.listener.cursor(run);
    this.subscribe<RunSnapshot>({ run, after_seq, at_most: AT_MOST, turns: false }, (answer) => {
      if (run !== this.run) return;
      this.listener.problem("run", answer.ok ? null : answer.error);
      if (answer.ok) this.began(answer.data);
      else this.later(answer.error, () => run === this.run && this.askRun());
    });
  }

  private began(snapshot: RunSnapshot): void {
    this.run = snapshot.run; // the beginning of an id is enough to ask
    this.listener.snapshot(snapshot);
    this.setBehind(!!snapshot.behind);
    if (snapshot.behind) this.askRun(); // which waits for memory
  }

  private setBehind(behind: boolean): void {
    if (this.socket.connected) this.listener.link(behind ? "behind" : "live");
  }

  /** Who is flooded asks again from where it is, and gets a snapshot when there is much more to come. */
  private take(event: Event): void {
    this.listener.event(event);
    if (++this.taken < AT_MOST) return;
    const now = performance.now();
    if (now - this.since < FLOOD_MS) this.askRun();
    this.taken = 0;
    this.since = now;
  }

  private subscribe<Data>(what: object, take: (answer: Answer<Data>) => void): void {
    this.emit<Data>("subscribe", what, (answer) => {
      if (answer) take(answer);
      else if (this.socket.connected) this.subscribe(what, take);
    });
  }

  /** Null for an answer that does not come. What is asked without a connection is asked again on connect. */
  private emit<Data>(name: string, what: object, take: (answer: Answer<Data> | null) => void): void {
    if (!this.socket.connected) return;
    this.socket.timeout(ANSWER_WITHIN_MS).emit(name, what, (late: Error | null, answer: Answer<Data>) => {
      take(late ? null : answer);
    });
  }

  /** A part of the fleet that does not answer may be back soon; anything else stays wrong. */
  private later(error: Problem, again: () => void): void {
    if (error.code === "unavailable") setTimeout(again, AGAIN_AFTER_MS);
  }
}
