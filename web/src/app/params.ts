// Search parameters are flat texts. Each screen reads its own; what it does not know or understand is dropped.

export type Raw = Record<string, unknown>;

export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** What is empty is left out. */
export function stringifySearch(search: Raw): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== "" && value !== false);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

export function text(raw: Raw, name: string): string | undefined {
  const value = raw[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function oneOf<Value extends string>(raw: Raw, name: string, values: readonly Value[]): Value | undefined {
  return values.find((value) => value === raw[name]);
}

export function whole(raw: Raw, name: string): number | undefined {
  const value = raw[name];
  const number = typeof value === "number" ? value : Number.parseInt(text(raw, name) ?? "", 10);
  return Number.isSafeInteger(number) ? number : undefined;
}

export function flag(raw: Raw, name: string): boolean | undefined {
  return raw[name] === true || raw[name] === "true" || raw[name] === "1" ? true : undefined;
}
