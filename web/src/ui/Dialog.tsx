import "./Dialog.css";
import { useEffect, useRef, type ReactNode } from "react";
import { findFocus } from "./focus";
import { IconButton } from "./IconButton";

/** What somebody would go to first; else the browser decides. */
const FIRST = "[data-focus], input:not([type=checkbox], [type=radio]), textarea, select";

interface Props {
  title: string;
  open: boolean;
  onClose(): void;
  /** Also shown when the title is only for those who listen. */
  quietTitle?: boolean;
  className?: string;
  children: ReactNode;
}

/** The browser's own modal: it keeps the focus, closes on Escape and gives the focus back, to the heading if it must. */
export function Dialog({ title, open, onClose, quietTitle = false, className = "", children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!open || !element) return;
    const before = document.activeElement;
    element.showModal();
    element.querySelector<HTMLElement>(FIRST)?.focus();
    return () => {
      element.close();
      // The browser does it only for a dialog that is still in the page.
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus({ preventScroll: true });
      findFocus(); // as what had it may be gone, or switched off
    };
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="dialog-inside">
        {!quietTitle && (
          <div className="dialog-head">
            <h2>{title}</h2>
            <IconButton icon="close" label="Close" onClick={onClose} />
          </div>
        )}
        {children}
      </div>
    </dialog>
  );
}
