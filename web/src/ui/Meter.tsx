import "./Meter.css";
import type { Tone } from "./Chip";

interface Props {
  label: string;
  value: number;
  most: number;
  tone?: Tone;
}

/** How much of something is used; the words beside it must say it too. */
export function Meter({ label, value, most, tone }: Props) {
  const share = most > 0 ? Math.min(1, value / most) : 0;
  const shade = tone ?? (share > 0.9 ? "bad" : share > 0.75 ? "warn" : "busy");
  return (
    <span className={`meter meter-${shade}`} role="meter" aria-label={label} aria-valuenow={value} aria-valuemin={0} aria-valuemax={most}>
      <span style={{ inlineSize: `${share * 100}%` }} />
    </span>
  );
}
