import "../review/review.css";
import "./compare.css";
import { FigureTable } from "./FigureTable";
import { FileDiffs } from "./FileDiffs";
import type { Side } from "./sides";
import { useSides } from "./useSides";

interface Props {
  sides: readonly Side[];
  path: string | undefined;
  onPath(path: string): void;
  onRemove?(at: number): void;
}

export function Comparison({ sides, path, onPath, onRemove }: Props) {
  const known = useSides(sides);
  return (
    <>
      <FigureTable known={known} onRemove={onRemove} />
      <FileDiffs known={known} path={path} onPick={onPath} />
    </>
  );
}
