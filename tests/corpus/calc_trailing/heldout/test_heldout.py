import pytest

from calc import evaluate
from calc.tokens import ParseError, tokenize


def test_more():
    assert evaluate("10 - 4 + 3") == 9
    assert evaluate("((2))") == 2
    assert evaluate("6 / 2 * 3") == 9
    assert evaluate("--4") == 4
    assert evaluate("2 * -3") == -6
    assert evaluate("a ^ b", a=2, b=5) == 32
    assert evaluate("20 - 2 * 3 - 4") == 10


def test_tokens():
    assert tokenize(" 3.25 ") == [("number", 3.25)]
    assert tokenize("ab12*(c)")[0] == ("name", "ab12")
    with pytest.raises(ParseError):
        evaluate(")")
    with pytest.raises(ParseError):
        evaluate("")
