import { Link } from "@tanstack/react-router";
import { sentence } from "../../data/words";
import { IconButton } from "../../ui/IconButton";
import { sideText } from "./sides";
import type { Known } from "./useSides";

export function SideName({ known: { side, figures, detail, error }, onRemove }: { known: Known; onRemove?(): void }) {
  const id = sideText(side);
  return (
    <span className="compare-name">
      <span className="compare-title">
        <Link to="/runs/$run" params={{ run: side.run }} search={side.step ? { step: side.step } : {}} className="clamp-2">
          {figures?.name ?? id}
        </Link>
        {onRemove && <IconButton icon="close" label={`Take ${figures?.name ?? id} out of the comparison`} onClick={onRemove} />}
      </span>
      <span className="quiet small">
        {detail?.run.model} <code title={id}>…{side.run.slice(-6)}</code>
      </span>
      {error && <span className="compare-error small">{sentence(error.message)}</span>}
    </span>
  );
}
