// The time of day, cheaply: the browser's own formats take longer than drawing a row does. Pure.

/** With the date where it is another day than `before`. */
export function clock(time: string, before: string | undefined): string {
  const at = new Date(time);
  const day = before && isSameDay(new Date(before), at) ? "" : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `;
  return `${day}${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function isSameDay(a: Date, b: Date): boolean {
  return a.getDate() === b.getDate() && a.getMonth() === b.getMonth() && a.getFullYear() === b.getFullYear();
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
