import { useStore } from "zustand";
import { IconButton } from "../ui/IconButton";
import { mute, wishes } from "./wishes";

/** Whether this page tells of a run. */
export function MuteButton({ run }: { run: string }) {
  const muted = useStore(wishes, ({ muted: all }) => all.includes(run));
  return (
    <IconButton
      icon={muted ? "mute" : "bell"}
      label={muted ? "Tell me of this run again" : "Do not tell me of this run"}
      aria-pressed={muted}
      onClick={() => mute(run, !muted)}
    />
  );
}
