import type { RunDetail } from "../../../data/wire";
import { Command } from "../../../ui/Command";
import { CopyButton } from "../../../ui/CopyButton";
import { IconButton } from "../../../ui/IconButton";
import { Popover } from "../../../ui/Popover";
import { useSearch } from "../route";
import { commandsFor } from "./cli";

/** A link to exactly this view, and what to type in a terminal for what it shows and does. */
export function CommandsPopover({ detail }: { detail: RunDetail }) {
  const search = useSearch();
  return (
    <Popover label="Share and commands" button={<IconButton icon="link" label="Share and commands" />}>
      <div className="run-commands">
        <p className="row-of">
          <b>This view</b>
          <CopyButton text={location.href} />
        </p>
        {commandsFor(detail, search).map(([words, command]) => (
          <div key={command}>
            <p className="quiet small">{words}</p>
            <Command>{command}</Command>
          </div>
        ))}
      </div>
    </Popover>
  );
}
