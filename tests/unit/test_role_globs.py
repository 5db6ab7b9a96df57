"""Globs of paths, and the law that a narrowed set never names a path the wider one does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.workers.core.globs import contains, matches, narrow

TESTS = ("**/tests/**", "test_*.py", "!tests/golden/**")


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("**", "a/b/c.py", True),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**/*.py", "src/deep/er/a.py", True),
        ("src/**/*.py", "src/a.py", True),
        ("*.md", "docs/guide/a.md", True),
        ("docs/", "docs/a.md", True),
        ("docs/", "docs", False),
        ("docs/", "my/docs/a.md", True),
        ("src/docs", "src/docs/a.md", True),
        ("./src/a.py", "src/a.py", True),
        ("test_*.py", "src/contest_a.py", False),
        ("**/tests/**", "mytests/a.py", False),
        ("a[bc].py", "ab.py", True),
        ("a?.py", "a/.py", False),
    ],
)
def test_a_glob_matches_as_in_gitignore(glob: str, path: str, expected: bool) -> None:
    assert matches(path, (glob,)) is expected


def test_an_exclamation_mark_takes_paths_out_wherever_it_stands() -> None:
    assert not matches("tests/golden/a.py", TESTS)
    assert not matches("tests/golden/a.py", tuple(reversed(TESTS)))
    assert matches("tests/a.py", TESTS)


def test_nothing_matches_where_nothing_is_named() -> None:
    assert not matches("a.py", ())


def test_a_glob_with_many_stars_is_decided_at_once() -> None:
    glob = "/".join(["**", "a"] * 12) + "/b"
    assert not matches("/".join(["a"] * 60), (glob,))
    assert not contains(glob, "/".join(["a"] * 60))


@pytest.mark.parametrize(
    ("wanted", "granted"),
    [
        (("tests/unit/**",), ("tests/unit/**", "!tests/golden/**")),
        (("src/**",), ()),
        (("**",), TESTS),
        (("src/**", "tests/a.py"), ("tests/a.py", "!tests/golden/**")),
        (("tests/**", "!tests/slow/**"), ("tests/**", "!tests/golden/**", "!tests/slow/**")),
    ],
)
def test_what_is_wanted_is_granted_as_far_as_it_is_allowed(wanted: tuple[str, ...], granted: tuple[str, ...]) -> None:
    assert narrow(TESTS, wanted)[0] == granted


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("src/**", "src/a/*.py", True),
        ("**/tests/**", "a/tests/b.py", True),
        ("src/*.py", "src/a.py", True),
        ("*.py", "src/test_a.py", True),
        ("src/*/a.py", "src/**/a.py", False),
        ("src/a?", "src/a*", False),
        ("src/[!b]*", "src/*", False),
        ("src/*.py", "src/*.py*", False),
        ("src/a", "a", False),
        ("src/**", "**", False),
    ],
)
def test_a_glob_contains_another_only_where_that_is_certain(outer: str, inner: str, expected: bool) -> None:
    assert contains(outer, inner) is expected


_names = st.sampled_from(["a", "b", "ab", "test_a", "tests", "x.py", "test_a.py"])
_paths = st.lists(_names, min_size=1, max_size=4).map("/".join)
_parts = st.sampled_from(["**", "*", "a", "b", "a*", "*b", "?", "tests", "test_*", "*.py", "[ab]"])
_globs = st.tuples(
    st.sampled_from(["", "!"]), st.lists(_parts, min_size=1, max_size=4).map("/".join), st.sampled_from(["", "/"])
).map("".join)
_sets = st.lists(_globs, max_size=3).map(tuple)


@given(_sets, _sets, _paths)
def test_a_narrowed_set_never_names_what_the_allowed_one_does_not(
    allowed: tuple[str, ...], wanted: tuple[str, ...], path: str
) -> None:
    granted, _ = narrow(allowed, wanted)
    if matches(path, granted):
        assert matches(path, allowed)


@given(_globs.filter(lambda glob: glob[0] != "!"), _globs.filter(lambda glob: glob[0] != "!"), _paths)
def test_a_glob_that_is_contained_matches_nothing_else(outer: str, inner: str, path: str) -> None:
    if contains(outer, inner) and matches(path, (inner,)):
        assert matches(path, (outer,))


@given(_sets)
def test_asking_for_what_one_has_takes_nothing_away(allowed: tuple[str, ...]) -> None:
    granted, refused = narrow(allowed, allowed)
    assert not refused
    assert set(granted) == set(allowed) or not any(glob[0] != "!" for glob in allowed)
