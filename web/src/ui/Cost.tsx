import { cost } from "../data/words";
import type { Spent } from "../data/wire";

export function Cost({ spent }: { spent: Spent }) {
  const tokens = `${spent.input_tokens.toLocaleString()} tokens in, ${spent.output_tokens.toLocaleString()} out`;
  return (
    <span className="numbers" title={tokens}>
      {cost(spent)}
    </span>
  );
}
