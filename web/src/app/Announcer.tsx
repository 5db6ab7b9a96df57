import { useStore } from "zustand";
import { announced } from "./announce";

/** The one polite status region of the page. */
export function Announcer() {
  const { text, count } = useStore(announced);
  return (
    <div role="status" aria-label="What changed" className="unseen">
      <span key={count}>{text}</span>
    </div>
  );
}
