import "./Palette.css";
import { useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useStore } from "zustand";
import { KeySheet } from "./KeySheet";
import { PROMPT, sheets, type Action } from "./palette";
import { PLACES, RUN_PLACES } from "./places";
import { setTheme } from "./theme";
import { Dialog } from "../ui/Dialog";
import { patiently } from "../ui/patiently";
import { useActions } from "./useActions";
import { useKeys } from "./useKeys";

const TITLE = "Go to or do";
const Palette = lazy(patiently(() => import("./Palette")));

/** The palette, the sheet of keys, and what both know on every screen. */
export function Sheets() {
  const { open } = useStore(sheets);
  const navigate = useNavigate();
  const show = (sheet: "" | "palette" | "keys") => sheets.setState({ open: sheet });
  const places = PLACES.map(({ to, words, keys }) => ({ words, keys, run: () => void navigate({ to }) }));
  useKeys("Anywhere", [
    { keys: "mod+k", words: TITLE, run: () => show("palette") },
    { keys: "?", words: "These keys", run: () => show("keys") },
    ...places,
  ]);
  useActions("On this page", [
    { words: "Show the keys", keys: "?", run: () => show("keys") },
    { words: "Light colours", also: "theme", run: () => setTheme("light") },
    { words: "Dark colours", also: "theme", run: () => setTheme("dark") },
    { words: "Colours like the system", also: "theme", run: () => setTheme("system") },
    { words: "Copy the address", also: "link share", run: () => void navigator.clipboard.writeText(location.href) },
  ]);
  useActions("Places", places);
  useActions("This run", useRunPlaces());
  return (
    <>
      <KeySheet open={open === "keys"} onClose={() => show("")} />
      {open === "palette" && <PaletteSheet onClose={() => show("")} />}
    </>
  );
}

/** The list comes with its first use. What is typed until then waits for it, and is no shortcut of the page. */
function PaletteSheet({ onClose }: { onClose(): void }) {
  const [text, setText] = useState("");
  const waiting = (
    <input aria-label={TITLE} placeholder={PROMPT} value={text} onChange={(event) => setText(event.target.value)} />
  );
  return (
    <Dialog title={TITLE} open onClose={onClose} quietTitle className="palette">
      <Suspense fallback={waiting}>
        <Palette text={text} onText={setText} onClose={onClose} />
      </Suspense>
    </Dialog>
  );
}

/** The screens of the run in the address; none elsewhere. */
function useRunPlaces(): Action[] {
  const run = useParams({ strict: false, select: (params) => params.run });
  const navigate = useNavigate();
  if (!run) return [];
  return RUN_PLACES.map(({ to, words }) => ({ words, run: () => void navigate({ to, params: { run } }) }));
}
