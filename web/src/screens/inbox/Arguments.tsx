import { CopyButton } from "../../ui/CopyButton";
import { partsOf } from "./asked";

/** What a call would do. */
export function Arguments({ tool, args }: { tool: string; args: string }) {
  return (
    <dl className="asked-args">
      {partsOf(args, tool).map(({ name, text, long, side }) => (
        <div key={name} className={long ? "asked-long" : ""}>
          <dt>{name || tool}</dt>
          <dd>
            {long ? (
              <>
                <pre tabIndex={0} aria-label={name || tool} className={side && `asked-${side}`}>
                  {text}
                </pre>
                <CopyButton text={text} />
              </>
            ) : (
              <code>{text}</code>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
