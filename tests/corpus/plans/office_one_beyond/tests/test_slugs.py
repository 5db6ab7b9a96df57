import pytest

from slugs import initials, is_palindrome, mask, slugify, title_case, truncate, unique_slug, wrap


def test_slugify():
    assert slugify("Hello, World!") == "hello-world"
    assert slugify("Crème Brûlée") == "creme-brulee"
    assert slugify("The Lord of the Rings") == "lord-rings"
    assert slugify("The The") == "the-the"
    assert slugify("Tea for two", separator="_") == "tea_for_two"


def test_slug_is_cut_at_a_word():
    assert slugify("one two three four", max_length=10) == "one-two"


def test_unique_slug():
    assert unique_slug("My Post", set()) == "my-post"
    assert unique_slug("My Post", {"my-post"}) == "my-post-2"
    assert unique_slug("My Post", {"my-post", "my-post-2", "my-post-3"}) == "my-post-4"


def test_title_case():
    assert title_case("the lord of the rings") == "The Lord of the Rings"
    assert title_case("WAR and PEACE") == "War and Peace"


@pytest.mark.parametrize(
    ("text", "width", "out"), [("short", 10, "short"), ("exactly", 7, "exactly"), ("hello world", 7, "hello…")]
)
def test_truncate(text, width, out):
    assert truncate(text, width) == out


def test_wrap():
    assert wrap("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert wrap("", 10) == []
    assert wrap("abc de", 6) == ["abc de"]


def test_initials():
    assert initials("grace brewster hopper") == "GBH"


def test_palindrome():
    assert is_palindrome("A man, a plan, a canal: Panama")
    assert not is_palindrome("Panama")


def test_mask():
    assert mask("1234567890") == "******7890"
    assert mask("1234") == "****"
    assert mask("12") == "**"
