"""What may be cloned, and what is taken as the name of a branch."""

import pytest

from mycoderai.broker.arriving import chosen
from mycoderai.broker.checkout import RepositoryError
from mycoderai.broker.cloning import why_not
from mycoderai.broker.guarded import is_ref, sentence

ALLOWED = ("https://git.example.org/team", "http://localhost:8080/", "git://mirror.example.org/all/")


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.org/team/shop.git",
        "https://git.example.org:443/team/shop",
        "https://GIT.example.org/team/a/b/c",
        "https://git.example.org/team",
        "http://localhost:8080/x",
        "git://mirror.example.org/all/shop",
    ],
)
def test_what_is_below_an_allowed_prefix_is_cloned(url: str) -> None:
    assert why_not(url, ALLOWED) == ""
    assert why_not(url, ()) != "", "by default nothing is"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https://git.example.org/teamwork/shop",
        "https://git.example.org/team/../secret",
        "https://git.example.org/team/%2e%2e/secret",
        "https://git.example.org/team/%252e%252e/secret",
        "https://git.example.org/team/./x",
        "https://git.example.org.evil.example/team/x",
        "https://git.example.org@evil.example/team/x",
        "https://ann:secret@git.example.org/team/shop",
        "https://git.example.org:8443/team/shop",
        "http://git.example.org/team/shop",
        "https://git.example.org/team/shop?x=y",
        "https://git.example.org/team/shop#x",
        "https://git.example.org/team/sh op",
        "https://git.example.org/team/shop\n",
        "https://git.example.org\\team/shop",
        "https://git.example.org/team/" + "x" * 3000,
        "https://git.example.org:99999/team/x",
        "HTTPS+x://git.example.org/team/x",
        "ssh://git.example.org/team/shop",
        "git@git.example.org:team/shop",
        "file:///etc",
        "/etc",
        "--upload-pack=touch x",
        "ext::sh -c id",
    ],
)
def test_everything_else_is_refused_and_not_repeated(url: str) -> None:
    reason = why_not(url, ALLOWED)
    assert reason
    assert "secret" not in reason


@pytest.mark.parametrize("name", ["main", "feature/x-1", "v1.2.3", "refs/heads/a+b", "HEAD", "user@host"])
def test_names_of_branches_are_taken(name: str) -> None:
    assert is_ref(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "-x", "--all", "a/../b", "a..b", "/a", "a/", "a//b", "a.lock"),
        *("a b", "a:b", "a^", "a~1", "@{1}", "x@{1}", "a\n"),
    ],
)
def test_what_git_or_a_file_system_takes_for_something_else_is_not(name: str) -> None:
    assert not is_ref(name)


A, B = "a" * 40, "b" * 40


@pytest.mark.parametrize(
    ("refs", "asked", "ref"),
    [
        ({"HEAD": A, "refs/heads/x": B}, "", "HEAD"),
        ({"refs/heads/x": A, "refs/heads/main": B}, "", "refs/heads/main"),
        ({"refs/heads/x": A, "refs/tags/v1": B}, "", "refs/heads/x"),
        ({"refs/tags/v1": A}, "", "refs/tags/v1"),
        ({"refs/heads/v1": A, "refs/tags/v1": B}, "v1", "refs/heads/v1"),
        ({"refs/heads/v1": A, "refs/tags/v1": B}, "refs/tags/v1", "refs/tags/v1"),
    ],
)
def test_the_ref_that_is_meant_is_taken(refs: dict[str, str], asked: str, ref: str) -> None:
    assert chosen(refs, asked) == (ref, refs[ref])


@pytest.mark.parametrize(
    ("refs", "asked"),
    [
        ({}, ""),
        ({"refs/heads/x": A, "refs/heads/y": A}, ""),
        ({"HEAD": A}, "x"),
        ({"HEAD": "-x"}, ""),
        ({"../x": A}, ""),
    ],
)
def test_a_bundle_that_does_not_say_which_is_refused(refs: dict[str, str], asked: str) -> None:
    with pytest.raises(RepositoryError):
        chosen(refs, asked)


def test_of_what_git_says_the_line_that_matters_is_told() -> None:
    assert sentence("remote: x\nfatal: \x1b[31mbad object\nmore") == "[31mbad object"
    assert sentence("something odd") == "something odd"
    assert sentence("") == "no reason given"
