// The arguments of a tool call, for reading. Pure.

/** Field by field; as the model wrote it when it is no JSON object. */
export function pretty(args: string): string {
  const fields = fieldsOf(args);
  if (!fields) return args;
  return fields.map(([name, field]) => `${name}: ${typeof field === "string" ? field : JSON.stringify(field, null, 2)}`).join("\n");
}

/** Whether one line holds all there is to say. */
export function saysAll(line: string, args: string): boolean {
  const fields = fieldsOf(args);
  return fields !== null && fields.length < 2 && fields.every(([, field]) => field === line);
}

function fieldsOf(args: string): [string, unknown][] | null {
  try {
    const value: unknown = JSON.parse(args);
    return value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : null;
  } catch {
    return null; // models write what is no JSON, too
  }
}
