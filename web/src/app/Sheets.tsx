import { useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useStore } from "zustand";
import { KeySheet } from "./KeySheet";
import { sheets, type Action } from "./palette";
import { PLACES, RUN_PLACES } from "./places";
import { setTheme } from "./theme";
import { patiently } from "../ui/patiently";
import { useActions } from "./useActions";
import { useKeys } from "./useKeys";

const Palette = lazy(patiently(() => import("./Palette")));

/** The palette, the sheet of keys, and what both know on every screen. */
export function Sheets() {
  const { open } = useStore(sheets);
  const navigate = useNavigate();
  const show = (sheet: "" | "palette" | "keys") => sheets.setState({ open: sheet });
  const places = PLACES.map(({ to, words, keys }) => ({ words, keys, run: () => void navigate({ to }) }));
  useKeys("Anywhere", [
    { keys: "mod+k", words: "Go to or do", run: () => show("palette") },
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
      {open === "palette" && (
        <Suspense fallback={null}>
          <Palette onClose={() => show("")} />
        </Suspense>
      )}
    </>
  );
}

/** The screens of the run in the address; none elsewhere. */
function useRunPlaces(): Action[] {
  const run = useParams({ strict: false, select: (params) => params.run });
  const navigate = useNavigate();
  if (!run) return [];
  return RUN_PLACES.map(({ to, words }) => ({ words, run: () => void navigate({ to, params: { run } }) }));
}
