// The end of a long output, which is what tells; the rest when it is asked for. Pure.

const LINES = 24;
const SHORT = 8;

/** Shown without being asked for. */
export function isShort(output: string): boolean {
  return output.length > 0 && output.length < 100 * SHORT && output.trimEnd().split("\n").length <= SHORT;
}

export function excerpt(output: string, whole: boolean): { text: string; left: number } {
  const lines = output.replace(/\n$/, "").split("\n");
  if (whole || lines.length <= LINES + 4) return { text: output, left: 0 };
  const left = lines.length - LINES;
  return { text: `… ${left} lines before this\n${lines.slice(-LINES).join("\n")}`, left };
}
