/** How many lines came and went. */
export function PlusMinus({ additions, deletions }: { additions: number; deletions: number }) {
  return (
    <span className="numbers small plus-minus">
      <span className="plus">+{additions.toLocaleString()}</span> <span className="minus">−{deletions.toLocaleString()}</span>
    </span>
  );
}
