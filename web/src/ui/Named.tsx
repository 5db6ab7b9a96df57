/** A sentence of the documentation; what stands between backticks in it is set as code. */
export function Named({ children }: { children: string }) {
  return children.split("`").map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part));
}
