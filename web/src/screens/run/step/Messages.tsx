import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "../../../data/api";
import type { Event, RunDetail, StepLine } from "../../../data/wire";
import { sentence } from "../../../data/words";
import { Time } from "../../../ui/Time";
import type { LogPage } from "../log/window";
import { type Delivery, messagesTo } from "./delivery";

/** What people sent to the step, and how far each message has come. */
export function Messages({ detail, step, now }: { detail: RunDetail; step: StepLine; now: number }) {
  const asked = detail.asks.filter((ask) => ask.what === "message" && ask.step === step.step);
  const events = useMessageEvents(detail.run.run, step, asked.length);
  if (!asked.length) return null;
  return (
    <section className="messages" aria-label={`Messages to ${step.step}`}>
      <h3>Messages</h3>
      <ol className="plain-list">
        {messagesTo(step, detail.asks, events).map((sent) => (
          <li key={sent.seq} className="message">
            <p>{sent.text}</p>
            <p className="quiet small">
              {sent.by || "somebody"} · <Time at={sent.at} now={now} />
              {sent.when === "after" && " · for the end of the step"} ·{" "}
              <span className={`message-${sent.delivery.state}`}>{words(sent.delivery)}</span>
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function words(delivery: Delivery): string {
  switch (delivery.state) {
    case "stored":
      return "stored; not read by the fleet yet";
    case "accepted":
      return "accepted; the model has not seen it yet";
    case "seen":
      return `seen by the model in turn ${delivery.turn}`;
    case "superseded":
      return "the step ended before it came to it";
    case "refused":
      return `refused: ${sentence(delivery.reason)}`;
  }
}

/** Asked for again with every message, every turn and every waiting: only the log tells which turn heard what. */
function useMessageEvents(run: string, step: StepLine, count: number): readonly Event[] {
  const { data } = useQuery({
    queryKey: ["messages", run, step.step, count, step.turns, step.state],
    enabled: count > 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<readonly Event[]> => {
      const ask = (query: Record<string, string>) =>
        get<LogPage>(`/runs/${run}/events`, { ...query, limit: 1000 }, signal);
      const pages = await Promise.all([
        ask({ kinds: "ask.message" }),
        ask({ kinds: "step.turn,step.waiting", step: step.step, text: '"ask":' }),
      ]);
      return pages.flatMap(({ events }) => events);
    },
  });
  return data ?? [];
}
