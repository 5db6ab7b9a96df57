import { dollars } from "../../data/units";
import type { Budget } from "../../data/wire";
import { Fact, Facts } from "../../ui/Facts";
import { Meter } from "../../ui/Meter";

export function BudgetPanel({ title, budget }: { title: string; budget: Budget }) {
  const { spent_usd, reserved_usd, limit_usd, projected_usd } = budget;
  return (
    <section className="panel costs-budget" aria-label={title}>
      <h2>{title}</h2>
      {limit_usd !== null && (
        <p className="row-of">
          <Meter label={`Budget of ${title.toLowerCase()} in use`} value={spent_usd + reserved_usd} most={limit_usd} />
          <span>
            {dollars(spent_usd)} of {dollars(limit_usd)}
          </span>
        </p>
      )}
      <Facts>
        <Fact name="Spent">{dollars(spent_usd)}</Fact>
        <Fact name="Reserved by open calls">{reserved_usd ? dollars(reserved_usd) : ""}</Fact>
        <Fact name="Limit">{limit_usd === null ? "none" : dollars(limit_usd)}</Fact>
        <Fact name="If it goes on like this">{projected_usd === null ? "" : dollars(projected_usd)}</Fact>
      </Facts>
    </section>
  );
}
