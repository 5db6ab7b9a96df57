import "./Toasts.css";
import { Link } from "@tanstack/react-router";
import { useStore } from "zustand";
import { IconButton } from "./IconButton";
import { closeToast, toasts } from "./toast";

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div className="toasts" role="region" aria-label="Messages" aria-live="polite">
      {shown.map(({ key, text, tone, to }) => (
        <div key={key} className={`toast toast-${tone}`}>
          {to ? (
            <Link to={to} onClick={() => closeToast(key)}>
              {text}
            </Link>
          ) : (
            <p>{text}</p>
          )}
          <IconButton icon="close" label="Close the message" onClick={() => closeToast(key)} />
        </div>
      ))}
    </div>
  );
}
