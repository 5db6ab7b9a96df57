"""Which pool takes a step that requires something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.plan import StepSpec
from mycoderai.workers.core.plan import MAX_REQUIRES, problems
from mycoderai.workers.core.routing import capabilities, no_pool, on_offer, pool_of, routed, unserved

POOLS = frozenset({"coder", "coder-docker", "coder-docker-gpu", "tester", "tester-rust", "planner"})


def step(*requires: str, role: str = "coder", pool: str = "") -> StepSpec:
    return StepSpec(id="a", role=role, goal="do it", requires=requires, pool=pool)


@pytest.mark.parametrize(
    ("spec", "pool"),
    [
        (step(), "coder"),
        (step("docker"), "coder-docker"),
        (step("gpu"), "coder-docker-gpu"),
        (step("gpu", "docker"), "coder-docker-gpu"),
        (step("rust"), None),
        (step("rust", role="tester"), "tester-rust"),
        (step("docker", role="tester"), None),
        (step("docker", role="scribe"), "coder-docker"),
        (step(role="scribe"), "coder"),
        (step(role="scribe", pool="tester"), "coder"),
        (step(pool="coder-docker"), "coder-docker"),
        (step(pool="nowhere"), None),
        (step("docker", pool="coder"), "coder-docker"),
    ],
)
def test_a_step_goes_where_all_it_requires_is_and_as_little_more_as_can_be(spec: StepSpec, pool: str | None) -> None:
    assert pool_of(spec, POOLS) == pool


def test_a_step_without_requirements_keeps_its_spec() -> None:
    assert routed([step()], POOLS) == (step(),)
    assert routed([step("docker")], POOLS) == (step("docker", pool="coder-docker"),)


def test_what_is_missing_is_said_with_the_pools_there_are_and_the_command_that_starts_one() -> None:
    (sentence,) = unserved([step("rust"), step("docker")], POOLS)
    assert "requires rust" in sentence
    assert "coder-docker-gpu" in sentence
    failure = no_pool([step("docker"), step("rust", "docker")], POOLS)
    assert failure
    assert failure.code is FailureCode.NO_POOL
    assert "mycoder worker --role coder-rust-docker" in failure.fix
    assert no_pool([step("docker")], POOLS) is None


def test_the_planner_is_told_what_is_on_offer() -> None:
    assert on_offer("coder", POOLS) == ("docker", "docker + gpu")
    assert on_offer("planner", POOLS) == ()
    assert capabilities("cod", "coder-docker") == frozenset()


@pytest.mark.parametrize("text", ["", "Docker", "two words", "a-b", "x" * 33, "../x", "docker.>"])
def test_what_cannot_be_part_of_a_subject_is_no_requirement(text: str) -> None:
    (problem,) = problems([step(text)], ["coder"])
    assert "requires" in problem


def test_requirements_are_counted() -> None:
    many = tuple(f"c{number}" for number in range(MAX_REQUIRES + 1))
    assert problems([step(*many[1:])], ["coder"]) == []
    assert "9 things" in problems([step(*many)], ["coder"])[0]


words = st.sampled_from(["docker", "gpu", "rust", "go"])


@given(st.sets(words, max_size=3), st.lists(st.lists(words, min_size=1, max_size=3, unique=True), max_size=5))
def test_who_takes_a_step_has_what_it_requires_whenever_somebody_has(
    requires: set[str], offers: list[list[str]]
) -> None:
    pools = frozenset({"coder", "tester", *("-".join(("coder", *offer)) for offer in offers)})
    taker = pool_of(step(*requires), pools)
    if taker is None:
        assert not any(requires <= set(offer) for offer in offers)
    else:
        assert taker in pools
        assert requires <= capabilities("coder", taker)
