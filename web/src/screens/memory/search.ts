import { flag, oneOf, text, type Raw } from "../../app/params";

export const SCOPES = ["global", "project", "task", "agent", "interaction"] as const;
export type Scope = (typeof SCOPES)[number];

export interface MemorySearch {
  text?: string;
  scope?: Scope;
  tag?: string;
  /** Those that wait for approval instead of those in use. */
  waiting?: boolean;
  /** The item that is open, as `nameOf` writes it. */
  item?: string;
}

export function memorySearch(raw: Raw): MemorySearch {
  return {
    text: text(raw, "text"),
    scope: oneOf(raw, "scope", SCOPES),
    tag: text(raw, "tag"),
    waiting: flag(raw, "waiting"),
    item: text(raw, "item"),
  };
}

export interface Name {
  scope: Scope;
  owner: string;
  key: string;
  quarantined: boolean;
}

/** An item's name as one text for the address. */
export function nameOf({ scope, owner, key, quarantined }: Name): string {
  return [quarantined ? "waiting" : "used", scope, owner, key].map(encodeURIComponent).join("/");
}

/** Null for what is no name. */
export function readName(text: string | undefined): Name | null {
  const [kind, named, owner, key] = (text ?? "").split("/").map(decoded);
  const scope = SCOPES.find((one) => one === named);
  if (!scope || owner === undefined || !key) return null;
  return { scope, owner, key, quarantined: kind === "waiting" };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign
  }
}
