// The end of a long output, which is what tells; the rest when it is asked for. Pure.

const LINES = 24;

export function excerpt(output: string, whole: boolean): { text: string; left: number } {
  const lines = output.replace(/\n$/, "").split("\n");
  if (whole || lines.length <= LINES + 4) return { text: output, left: 0 };
  const left = lines.length - LINES;
  return { text: `… ${left} lines before this\n${lines.slice(-LINES).join("\n")}`, left };
}
