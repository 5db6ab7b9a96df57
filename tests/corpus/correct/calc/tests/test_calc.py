import pytest

from calc import evaluate
from calc.tokens import ParseError, tokenize


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2", 3),
        ("7 - 2 - 1", 4),
        ("2 + 3 * 4", 14),
        ("8 / 4 / 2", 1),
        ("7 / 2", 3.5),
        ("2 * (3 + 4)", 14),
        ("-3 + 5", 2),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("1.5 * 4", 6),
    ],
)
def test_values(text, value):
    assert evaluate(text) == value


def test_variables():
    assert evaluate("price * count + 1", price=2.5, count=4) == 11


def test_tokens():
    assert tokenize("12+x1") == [("number", 12.0), ("symbol", "+"), ("name", "x1")]


@pytest.mark.parametrize("text", ["2 $ 3", "(1 + 2", "1 +", "y", "1 2"])
def test_errors(text):
    with pytest.raises(ParseError):
        evaluate(text)
