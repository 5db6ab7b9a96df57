import "./Tabs.css";
import { useId, type KeyboardEvent, type ReactNode } from "react";

interface Props<Value extends string> {
  label: string;
  value: Value;
  onPick(value: Value): void;
  tabs: readonly { value: Value; words: ReactNode }[];
  /** What is shown takes all the height there is. */
  filled?: boolean;
  /** What the chosen tab shows. */
  children: ReactNode;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

/** The caller keeps the value, as a rule in the address. Arrows go from tab to tab; Enter chooses. */
export function Tabs<Value extends string>({ label, value, onPick, tabs, filled = false, children }: Props<Value>) {
  const id = useId();
  return (
    <div className={filled ? "tabbed-filled" : undefined}>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={walk}>
        {tabs.map((tab) => (
          <button
            key={tab.value}
            id={`${id}-${tab.value}`}
            type="button"
            role="tab"
            className="tab"
            aria-selected={tab.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={tab.value === value ? 0 : -1}
            onClick={() => onPick(tab.value)}
          >
            {tab.words}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${value}`} tabIndex={0} className="tab-content">
        {children}
      </div>
    </div>
  );
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
  const at = tabs.findIndex((tab) => tab === document.activeElement);
  const to = event.key === "Home" ? 0 : event.key === "End" ? -1 : at + (STEPS[event.key] ?? NaN);
  if (Number.isNaN(to)) return;
  event.preventDefault();
  tabs.at(to % tabs.length)?.focus();
}
