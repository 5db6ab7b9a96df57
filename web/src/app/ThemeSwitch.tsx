import { useStore } from "zustand";
import type { IconName } from "../ui/Icon";
import { IconButton } from "../ui/IconButton";
import { Menu } from "../ui/Menu";
import { setTheme, theme, THEMES, type Theme } from "./theme";

const LOOKS: Record<Theme, [words: string, icon: IconName]> = {
  system: ["Like the system", "screen"],
  light: ["Light", "sun"],
  dark: ["Dark", "moon"],
};

export function ThemeSwitch() {
  const now = useStore(theme);
  const items = THEMES.map((one) => ({ words: LOOKS[one][0], checked: one === now, onPick: () => setTheme(one) }));
  return <Menu label="Colours" items={items} button={<IconButton icon={LOOKS[now][1]} label="Colours" />} />;
}
