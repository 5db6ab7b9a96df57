"""What workers tell, as the lines of the fleet's page."""

from typing import NamedTuple

from mycoderai.broker.report import AtPool, Held, Report, RoleCard
from mycoderai.gateway.fleet_lines import missing_roles, pool_lines, promises, role_lines, worker_line
from mycoderai.schemas.execution import Isolation
from mycoderai.schemas.queue import Standing
from mycoderai.schemas.settings import Settings

NOW = 1_000_000.0


class Waiting(NamedTuple):
    oldest_s: float | None = 3.25
    runs: tuple[str, ...] = ("r1", "r2")


def worker(name: str, *pools: AtPool, **more: object) -> Report:
    roles = tuple(at.pool for at in pools) or ("memory",)
    return Report(worker=name, roles=roles, pools=pools, **more)  # type: ignore[arg-type]


def coder(*runs: str, draining: bool = False) -> AtPool:
    holds = tuple(Held(run=run, step="main", since=NOW - 5) for run in runs)
    return AtPool(pool="coder", slots=4, holds=holds, draining=draining)


def test_a_pool_has_the_slots_of_who_takes_from_it_and_the_work_of_all() -> None:
    reports = [worker("a", coder("r1")), worker("b", coder("r2", "r3", draining=True))]
    standing = {"coder": Standing(2, 3, 9, redelivered=1), "tester": Standing(1, 0, 0)}
    one, other = pool_lines(standing, {"coder": Waiting(), "tester": Waiting()}, reports)
    assert (one.workers, one.draining, one.slots, one.used) == (1, 1, 4, 3)
    assert (one.pending, one.in_flight, one.redelivered, one.oldest_s, one.runs) == (2, 3, 1, 3.2, ())
    assert (other.pool, other.workers, other.runs) == ("tester", 0, ("r1", "r2")), "nobody takes from it"


def test_a_pool_whose_workers_all_drain_names_the_runs_that_wait() -> None:
    (line,) = pool_lines({"coder": Standing(1, 0, 0)}, {"coder": Waiting()}, [worker("a", coder(draining=True))])
    assert (line.workers, line.draining, line.slots, line.runs) == (0, 1, 0, ("r1", "r2"))


def test_a_worker_s_line_says_what_it_holds_and_for_how_long() -> None:
    orchestrator = AtPool(pool="orchestrator", slots=64, steps=False)
    line = worker_line(worker("h:1", coder("r1"), orchestrator, host="h", pid=1), NOW - 2, NOW)
    assert (line.slots, line.seen_s, line.drains, line.draining) == (4, 2.0, True, False)
    (held,) = line.holds
    assert (held.pool, held.run, held.step, held.for_s) == ("coder", "r1", "main", 5.0)
    assert not worker_line(worker("h:2", orchestrator), NOW, NOW).drains, "an orchestrator takes no steps"
    assert not worker_line(worker("h:3"), NOW, NOW).drains


def test_roles_nobody_plays_are_missed_but_pools_are_not() -> None:
    assert missing_roles([worker("a", coder()), worker("b")]) == ("orchestrator", "executor", "model")


def test_roles_are_described_by_who_knows_them_and_served_by_who_takes_their_steps() -> None:
    cards = (RoleCard(name="coder", description="codes"), RoleCard(name="tester", description="tests"))
    reports = [worker("a", coder(), cards=cards), worker("b", AtPool(pool="own", slots=1))]
    lines = {line.name: (line.description, line.served) for line in role_lines(reports)}
    assert lines == {"coder": ("codes", True), "tester": ("tests", False), "own": ("", True)}


def test_what_cannot_be_promised_is_said_once_for_each_host() -> None:
    weak = Isolation(level="trusted", limits={"wall": "hard", "cpu": "soft", "open_files": "none"}, note="no walls")
    reports = [worker(f"h:{pid}", host="h", notes=weak.weaknesses) for pid in (1, 2)]
    told = promises(Settings(durability="process"), reports)
    assert told[0].startswith("What was accepted survives the end of every process")
    assert told[1:] == (
        "h: No walls.",
        "h: Limits on cpu are looked at every 25 ms or slower, and can be overshot in between.",
        "h: Limits on open files do not hold.",
    )
    assert promises(Settings(), [worker("h:3")]) == ()
