import "./Field.css";
import { useId, type ComponentProps, type ReactNode } from "react";

interface Props {
  label: string;
  /** What to write, in a few words below. */
  hint?: ReactNode;
  /** What is wrong with what was written. */
  problem?: string;
  /** Gets what ties the control to its label, hint and problem. */
  children: (tied: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}

export function Field({ label, hint, problem, children }: Props) {
  const id = useId();
  const about = [hint ? `${id}-hint` : "", problem ? `${id}-problem` : ""].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": about || undefined, "aria-invalid": problem ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
      {problem && (
        <p id={`${id}-problem`} className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

export function Input({ className = "", ...rest }: ComponentProps<"input">) {
  return <input className={`input ${className}`} autoComplete="off" {...rest} />;
}

export function TextArea({ className = "", ...rest }: ComponentProps<"textarea">) {
  return <textarea className={`input ${className}`} {...rest} />;
}

interface SelectProps extends Omit<ComponentProps<"select">, "onChange"> {
  options: readonly (readonly [value: string, words: string])[];
  onPick(value: string): void;
}

export function Select({ options, onPick, className = "", ...rest }: SelectProps) {
  return (
    <select className={`input ${className}`} onChange={(event) => onPick(event.target.value)} {...rest}>
      {options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  );
}

export function Checkbox({ children, ...rest }: ComponentProps<"input"> & { children: ReactNode }) {
  return (
    <label className="checkbox">
      <input type="checkbox" {...rest} />
      <span>{children}</span>
    </label>
  );
}
