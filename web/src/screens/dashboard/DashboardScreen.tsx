import "./dashboard.css";
import { useRef, useState, type ComponentType } from "react";
import { flushSync } from "react-dom";
import { announce } from "../../app/announce";
import { Screen } from "../../app/Screen";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Menu } from "../../ui/Menu";
import { Dead, Needs, Slots, Spending } from "./FleetTiles";
import { Newest, Slowest, Status, Success } from "./RunTiles";
import { keep, KINDS, load, moved, STANDARD, TITLES, toggled, type Kind } from "./tiles";

const TILES: Record<Kind, ComponentType> = {
  needs: Needs,
  status: Status,
  success: Success,
  spending: Spending,
  slots: Slots,
  dead: Dead,
  newest: Newest,
  slowest: Slowest,
};

/** A page to leave open: tiles that a person chooses and puts in order. */
export function DashboardScreen() {
  const [tiles, setTiles] = useState(load);
  const [arranging, setArranging] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const change = (next: Kind[]) => {
    keep(next);
    setTiles(next);
  };
  const remove = (kind: Kind) => {
    const at = tiles.indexOf(kind);
    flushSync(() => change(toggled(tiles, kind)));
    announce(`${TITLES[kind]} is taken away`);
    const left = list.current?.querySelectorAll<HTMLElement>("[data-remove]");
    (left?.[at] ?? left?.[at - 1])?.focus();
  };
  return (
    <Screen
      title="Dashboard"
      wide
      actions={
        <>
          <Menu
            label="Tiles"
            button={<Button>Tiles</Button>}
            items={KINDS.map((kind) => ({
              words: TITLES[kind],
              checked: tiles.includes(kind),
              onPick: () => change(toggled(tiles, kind)),
            }))}
          />
          <Button aria-pressed={arranging} onClick={() => setArranging(!arranging)}>
            Arrange
          </Button>
        </>
      }
    >
      {!tiles.length && (
        <Empty title="No tiles">
          <Button onClick={() => change([...STANDARD])}>Show the usual ones</Button>
        </Empty>
      )}
      <ul ref={list} className="plain-list dashboard">
        {tiles.map((kind) => (
          <Tile
            key={kind}
            kind={kind}
            onMove={
              arranging
                ? (by) => {
                    const next = moved(tiles, kind, by);
                    change(next);
                    announce(`${TITLES[kind]} is number ${next.indexOf(kind) + 1} of ${next.length}`);
                  }
                : undefined
            }
            onRemove={arranging ? () => remove(kind) : undefined}
          />
        ))}
      </ul>
    </Screen>
  );
}

function Tile({ kind, onMove, onRemove }: { kind: Kind; onMove?(by: -1 | 1): void; onRemove?(): void }) {
  const Inside = TILES[kind];
  return (
    <li className="panel dashboard-tile" aria-label={TITLES[kind]}>
      <div className="dashboard-head">
        <h2>{TITLES[kind]}</h2>
        {onMove && (
          <span className="row-of">
            <IconButton icon="up" label={`Move ${TITLES[kind]} earlier`} onClick={() => onMove(-1)} />
            <IconButton icon="down" label={`Move ${TITLES[kind]} later`} onClick={() => onMove(1)} />
            <IconButton icon="close" label={`Take ${TITLES[kind]} away`} data-remove onClick={onRemove} />
          </span>
        )}
      </div>
      <Inside />
    </li>
  );
}
