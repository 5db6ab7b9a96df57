import "./Command.css";
import { CopyButton } from "./CopyButton";

/** A command to type, with a button that copies it. */
export function Command({ children }: { children: string }) {
  return (
    <div className="command">
      <code>{children}</code>
      <CopyButton text={children} />
    </div>
  );
}
