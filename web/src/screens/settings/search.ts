import { text, type Raw } from "../../app/params";

export interface SettingsSearch {
  text?: string;
}

export function settingsSearch(raw: Raw): SettingsSearch {
  return { text: text(raw, "text") };
}
