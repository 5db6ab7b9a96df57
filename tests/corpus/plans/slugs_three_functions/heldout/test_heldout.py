from slugs import initials, is_palindrome, mask, slugify, title_case, truncate, unique_slug, wrap


def test_everything():
    assert slugify("") == ""
    assert slugify("An Ápple & the Orange", separator="_") == "apple_orange"
    assert slugify("Zürich 2024") == "zurich-2024"
    assert unique_slug("X", {"x", "x-2"}) == "x-3"
    assert title_case("in the name of love") == "In the Name of Love"
    assert truncate("abcdef", 3) == "ab…"
    assert truncate("", 3) == ""
    assert wrap("a bb ccc dddd", 4) == ["a bb", "ccc", "dddd"]
    assert wrap("aaaaaaa b", 3) == ["aaaaaaa", "b"]
    assert initials("x") == "X"
    assert is_palindrome("") and is_palindrome("Aa") and not is_palindrome("ab")
    assert mask("abcdef", 2) == "****ef"
    assert mask("abc", 3) == "***"
