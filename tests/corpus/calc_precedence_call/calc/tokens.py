"""Splits an expression into tokens."""


class ParseError(Exception):
    pass


SYMBOLS = "+-*/^()"


def tokenize(text):
    tokens = []
    position = 0
    while position < len(text):
        char = text[position]
        if char.isspace():
            position += 1
        elif char.isdigit() or char == ".":
            start = position
            while position < len(text) and (text[position].isdigit() or text[position] == "."):
                position += 1
            tokens.append(("number", float(text[start:position])))
        elif char.isalpha():
            start = position
            while position < len(text) and text[position].isalnum():
                position += 1
            tokens.append(("name", text[start:position]))
        elif char in SYMBOLS:
            tokens.append(("symbol", char))
            position += 1
        else:
            raise ParseError(f"unexpected {char!r} at {position}")
    return tokens
