import { useState } from "react";
import { IconButton } from "./IconButton";

/** Copies a text; says so for a moment, or that the browser did not allow it. */
export function CopyButton({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  function say(words: string) {
    setSaid(words);
    setTimeout(() => setSaid(""), 1500);
  }
  function copy() {
    navigator.clipboard.writeText(text).then(
      () => say("Copied"),
      () => say("Copying was not allowed"),
    );
  }
  return (
    <>
      <IconButton icon={said === "Copied" ? "check" : "copy"} label={`Copy: ${text}`} onClick={copy} />
      <span className="quiet small" aria-live="polite">
        {said}
      </span>
    </>
  );
}
