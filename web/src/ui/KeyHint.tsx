import "./KeyHint.css";

/** Keys to press one after the other, as `g i`; `mod` is Ctrl or Command. */
export function KeyHint({ keys }: { keys: string }) {
  return (
    <span className="key-hint">
      {keys.split(/[ +]/).map((key, at) => (
        <kbd key={at}>{key.replace("mod", isMac() ? "⌘" : "Ctrl")}</kbd>
      ))}
    </span>
  );
}

function isMac(): boolean {
  return /mac|iphone|ipad/i.test(navigator.userAgent);
}
