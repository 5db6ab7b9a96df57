import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { Screen } from "../../app/Screen";
import { useStore } from "../../data/store";
import type { OpenQuestion } from "../../data/wire";
import { Command } from "../../ui/Command";
import { Empty } from "../../ui/Empty";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { useNow } from "../../ui/useNow";
import { keyOf } from "./asked";
import { QuestionCard } from "./QuestionCard";
import { useQuestionKeys } from "./useQuestionKeys";

const route = getRouteApi("/inbox");

export function InboxScreen() {
  const inbox = useStore((state) => state.inbox);
  const problem = useStore((state) => state.problems.inbox);
  return (
    <Screen title="Inbox">
      <Problem problem={problem} />
      {!inbox && !problem && <Skeleton lines={5} label="Loading the questions" />}
      {inbox?.length === 0 && <Nothing />}
      {inbox && inbox.length > 0 && <Questions inbox={inbox} />}
    </Screen>
  );
}

function Questions({ inbox }: { inbox: OpenQuestion[] }) {
  const { question } = route.useSearch();
  const now = useNow(true);
  useQuestionKeys();
  useGoTo(question);
  useNextFocus(inbox);
  return (
    <>
      <p className="quiet">
        Oldest first. A run waits for its answer as long as it takes: nothing is decided by time. When the list has just
        changed, the buttons take no press for a moment, so that none meets the wrong question.
      </p>
      <div className="inbox-cards">
        {inbox.map((open) => (
          <QuestionCard key={keyOf(open)} open={open} now={now} among={inbox.map(keyOf).join(" ")} />
        ))}
      </div>
    </>
  );
}

/** The one in the address gets the focus. */
function useGoTo(question: string | undefined): void {
  useEffect(() => {
    if (question) cardOf(question)?.focus();
  }, [question]);
}

/** When the card with the focus goes because it is answered, the focus goes on to the next one. */
function useNextFocus(inbox: OpenQuestion[]): void {
  const before = useRef<{ keys: string[]; at: string }>({ keys: [], at: "" });
  useEffect(() => {
    const keys = inbox.map(keyOf);
    const { keys: old, at } = before.current;
    if (at && !keys.includes(at) && document.activeElement === document.body) {
      const next = keys[Math.min(old.indexOf(at), keys.length - 1)];
      if (next) cardOf(next)?.focus();
    }
    before.current = { keys, at: "" };
    const note = () => {
      before.current.at = document.activeElement?.closest<HTMLElement>("[data-question]")?.dataset["question"] ?? "";
    };
    note();
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, [inbox]);
}

function cardOf(key: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>("[data-question]")].find((card) => card.dataset["question"] === key);
}

function Nothing() {
  return (
    <Empty title="Nothing waits for you">
      <p className="quiet">
        Questions, plans and commands that need a yes come here from every run that was submitted with an approval mode.
        A terminal asks like this:
      </p>
      <Command>mycoder inbox</Command>
    </Empty>
  );
}
