import type { ComponentProps } from "react";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

interface Props extends Omit<ComponentProps<typeof Button>, "children" | "aria-label"> {
  icon: IconName;
  /** What it does: read out, and shown when pointed at. */
  label: string;
}

export function IconButton({ icon, label, className = "", kind = "bare", ...rest }: Props) {
  return (
    <Button kind={kind} className={`icon-button ${className}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </Button>
  );
}
