import "./Tabs.css";
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface Props<Value extends string> {
  label: string;
  value: Value;
  onPick(value: Value): void;
  tabs: readonly { value: Value; words: ReactNode }[];
  /** What the chosen tab shows. */
  children: ReactNode;
}

/** The caller keeps the value, as a rule in the address. */
export function Tabs<Value extends string>({ label, value, onPick, tabs, children }: Props<Value>) {
  return (
    <Radix.Root value={value} onValueChange={(next) => onPick(next as Value)} activationMode="manual">
      <Radix.List className="tabs" aria-label={label}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.value} value={tab.value} className="tab">
            {tab.words}
          </Radix.Trigger>
        ))}
      </Radix.List>
      <Radix.Content value={value} className="tab-content">
        {children}
      </Radix.Content>
    </Radix.Root>
  );
}
