import "./KeyHint.css";

/** Keys to press one after the other, as `g i`; `mod` is Ctrl or Command. */
export function KeyHint({ keys }: { keys: string }) {
  return (
    <span className="key-hint">
      {keys.split(/[ +]/).map((key, at) => (
        <kbd key={at}>{named(key)}</kbd>
      ))}
    </span>
  );
}

function named(key: string): string {
  if (key === "mod") return isMac() ? "⌘" : "Ctrl";
  return key === "enter" ? "Enter" : key;
}

function isMac(): boolean {
  return /mac|iphone|ipad/i.test(navigator.userAgent);
}
