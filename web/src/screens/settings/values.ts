// Values of settings as words and back. Pure.

import type { Setting } from "../../data/wire";

export function words(value: unknown): string {
  if (value === null || value === undefined || value === "") return "(empty)";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.length ? value.map(words).join(", ") : "(none)";
  if (typeof value === "object") return Object.keys(value).length ? JSON.stringify(value) : "(none)";
  return String(value);
}

export function holds({ name, about, source }: Setting, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [name, about, source].some((part) => part.toLowerCase().includes(wanted));
}

/** As it stands in a field to be edited. */
export function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What was typed, as the kind of value the setting has. The gateway judges the rest. */
export function read(text: string, like: unknown): unknown {
  const given = text.trim();
  if (typeof like === "boolean") return given === "true";
  if (Array.isArray(like)) return given ? given.split(",").map((part) => part.trim()).filter(Boolean) : [];
  const isNumber = typeof like === "number" || like === null;
  if (isNumber && given && !Number.isNaN(Number(given))) return Number(given);
  if (like !== null && typeof like === "object") {
    try {
      return JSON.parse(given || "{}");
    } catch {
      return given; // refused by the gateway, which says what it wants
    }
  }
  return given === "" && like === null ? null : given;
}
