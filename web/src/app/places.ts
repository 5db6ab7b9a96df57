import type { IconName } from "../ui/Icon";

/** Where the navigation leads, in its order; `keys` are pressed one after the other. */
export const PLACES = [
  { to: "/inbox", words: "Inbox", icon: "inbox", keys: "g i", main: true },
  { to: "/", words: "Runs", icon: "runs", keys: "g r", main: true },
  { to: "/new", words: "New run", icon: "plus", keys: "g n", main: true },
  { to: "/dashboard", words: "Dashboard", icon: "dashboard", keys: "g b", main: false },
  { to: "/fleet", words: "Fleet", icon: "fleet", keys: "g f", main: false },
  { to: "/dead", words: "Dead letters", icon: "dead", keys: "g d", main: false },
  { to: "/memory", words: "Memory", icon: "memory", keys: "g m", main: false },
  { to: "/costs", words: "Costs", icon: "costs", keys: "g c", main: false },
  { to: "/settings", words: "Settings", icon: "settings", keys: "g s", main: false },
] as const satisfies readonly { to: string; words: string; icon: IconName; keys: string; main: boolean }[];

export type Place = (typeof PLACES)[number];

/** The screens of one run. */
export const RUN_PLACES = [
  { to: "/runs/$run", words: "The run itself" },
  { to: "/runs/$run/review", words: "Review its changes" },
  { to: "/runs/$run/files", words: "Its files" },
  { to: "/runs/$run/plan", words: "Edit its plan" },
  { to: "/runs/$run/compare", words: "Compare its attempts" },
] as const;
