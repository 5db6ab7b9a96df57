"""A recursive descent evaluator: + - * / ^, unary minus, brackets and variables."""
from .tokens import ParseError, tokenize


class Parser:
    def __init__(self, tokens, variables):
        self.tokens = tokens
        self.variables = variables
        self.index = 0

    def peek(self):
        if self.index < len(self.tokens):
            return self.tokens[self.index]
        return (None, None)

    def take(self):
        token = self.peek()
        self.index += 1
        return token

    def expression(self):
        value = self.term()
        while self.peek() in (("symbol", "+"), ("symbol", "-")):
            _, operator = self.take()
            right = self.term()
            if operator == "+":
                value += right
            else:
                value -= right
        return value

    def term(self):
        value = self.factor()
        while self.peek() in (("symbol", "*"), ("symbol", "/")):
            _, operator = self.take()
            right = self.factor()
            if operator == "*":
                value *= right
            else:
                value /= right
        return value

    def factor(self):
        if self.peek() == ("symbol", "-"):
            self.take()
            return -self.factor()
        base = self.atom()
        if self.peek() == ("symbol", "^"):
            self.take()
            return base ** self.factor()
        return base

    def atom(self):
        kind, value = self.take()
        if kind == "number":
            return value
        if kind == "name":
            if value not in self.variables:
                raise ParseError(f"unknown name {value}")
            return self.variables[value]
        if value == "(":
            inner = self.expression()
            if self.take() != ("symbol", ")"):
                raise ParseError("missing )")
            return inner
        raise ParseError("unexpected end")


def evaluate(text, **variables):
    parser = Parser(tokenize(text), variables)
    value = parser.expression()
    if parser.index > len(parser.tokens):
        raise ParseError("trailing input")
    return value
