import "./Nav.css";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { useStore } from "../data/store";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { PLACES, type Place } from "./places";

/** A column at the left; on narrow screens a bar below, with the lesser places in a menu. */
export function Nav() {
  const open = useStore((state) => state.inbox?.length ?? 0);
  return (
    <nav className="nav" aria-label="Main">
      <ul className="plain-list">
        {PLACES.map((place) => (
          <li key={place.to} className={place.main ? "" : "nav-lesser"}>
            <PlaceLink place={place} open={place.to === "/inbox" ? open : 0} />
          </li>
        ))}
        <li className="nav-more">
          <More />
        </li>
      </ul>
    </nav>
  );
}

function PlaceLink({ place, open }: { place: Place; open: number }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const here = place.to === "/" ? path === "/" || path.startsWith("/runs/") : path === place.to;
  return (
    <Link to={place.to} className="nav-link" aria-current={here ? "page" : undefined} activeProps={{}}>
      <Icon name={place.icon} size={18} />
      <span>{place.words}</span>
      {open > 0 && (
        <span className="nav-count">
          {open}
          <span className="unseen"> waiting</span>
        </span>
      )}
    </Link>
  );
}

function More() {
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const lesser = PLACES.filter(({ main }) => !main);
  const items = lesser.map(({ to, words }) => ({ words, checked: path === to, onPick: () => void navigate({ to }) }));
  const button = (
    <button type="button" className="nav-link" aria-current={items.some(({ checked }) => checked) ? "true" : undefined}>
      <Icon name="more" size={18} />
      <span>More</span>
    </button>
  );
  return <Menu label="More places" items={items} button={button} />;
}
