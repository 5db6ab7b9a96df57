// The time of day, cheaply: the browser's own formats take longer than drawing a row does. Pure.

export function clock(time: string): string {
  const at = new Date(time);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The date, where it is another one than that of `before`; else empty. */
export function newDay(time: string, before: string | undefined): string {
  const at = new Date(time);
  if (before && isSameDay(new Date(before), at)) return "";
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function isSameDay(a: Date, b: Date): boolean {
  return a.getDate() === b.getDate() && a.getMonth() === b.getMonth() && a.getFullYear() === b.getFullYear();
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
