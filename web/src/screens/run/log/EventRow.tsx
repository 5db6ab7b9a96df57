import { memo, useState } from "react";
import { address, get } from "../../../data/api";
import type { Event, StoredEvent } from "../../../data/wire";
import { Button } from "../../../ui/Button";
import { CopyButton } from "../../../ui/CopyButton";
import { Problem } from "../../../ui/Problem";
import { told } from "../../../data/commands";
import { clock, newDay } from "./clock";
import { isError } from "./filters";
import { say } from "./say";

interface Props {
  event: Event;
  /** The time of the event before it. */
  before: string | undefined;
  open: boolean;
  onPick(seq: number | undefined): void;
}

/** One event in one line; more of it when it is opened. */
export const EventRow = memo(function EventRow({ event, before, open, onPick }: Props) {
  const bad = isError(event);
  const day = newDay(event.time, before);
  return (
    <article className={bad ? "event event-bad" : "event"}>
      {day && <p className="event-day quiet small">{day}</p>}
      <button
        type="button"
        className="event-line"
        aria-expanded={open}
        onClick={() => onPick(open ? undefined : event.seq)}
      >
        <time className="quiet numbers" dateTime={event.time} title={event.time}>
          {clock(event.time)}
        </time>
        <code className="event-kind">
          {bad && <span aria-label="error">✕ </span>}
          {event.kind}
        </code>
        <span className="event-step">{event.step}</span>
        <span className="event-words">{say(event)}</span>
      </button>
      {open && <Details event={event} />}
    </article>
  );
});

function Details({ event }: { event: Event }) {
  const [raw, setRaw] = useState<StoredEvent | null>(null);
  const [problem, setProblem] = useState<ReturnType<typeof told> | null>(null);
  const path = `/runs/${event.run}/events/${event.seq}`;
  function showRaw() {
    if (raw) return setRaw(null);
    get<StoredEvent>(path).then(setRaw, (error: unknown) => setProblem(told(error)));
  }
  const text = JSON.stringify(raw ?? event, null, 2);
  return (
    <div className="event-details">
      <p className="row-of">
        <span className="quiet small">Event {event.seq}</span>
        <Button kind="bare" aria-pressed={raw !== null} onClick={showRaw}>
          {raw ? "Show shortened" : "Show raw"}
        </Button>
        <a href={address(path)}>As JSON</a>
        <CopyButton text={`${location.origin}/runs/${event.run}?view=log&event=${event.seq}`} />
      </p>
      <Problem problem={problem} />
      <pre tabIndex={0} aria-label={`Event ${event.seq} in full`}>
        {text}
      </pre>
    </div>
  );
}
