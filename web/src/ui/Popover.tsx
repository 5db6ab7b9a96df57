import "./Popover.css";
import { Popover as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface Props {
  button: ReactNode;
  label: string;
  children: ReactNode;
}

export function Popover({ button, label, children }: Props) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{button}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="popover" aria-label={label} align="start" sideOffset={4} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
