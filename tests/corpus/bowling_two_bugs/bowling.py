"""Scores ten-pin bowling."""


class Game:
    def __init__(self):
        self.rolls = []

    def roll(self, pins):
        if not 0 <= pins <= 10:
            raise ValueError("pins must be between 0 and 10")
        self.rolls.append(pins)

    def score(self):
        total = 0
        index = 0
        for _ in range(10):
            if self._is_strike(index):
                total += 10 + self._at(index + 1) + self._at(index + 2)
                index += 1
            elif self._is_spare(index):
                total += 10 + self._at(index + 1)
                index += 2
            else:
                total += self._at(index) + self._at(index + 1)
                index += 2
        return total

    def frames(self):
        """Index of the first roll of each frame that has begun."""
        starts = []
        index = 0
        while index < len(self.rolls) and len(starts) < 10:
            starts.append(index)
            index += 1 if self._is_strike(index) else 2
        return starts

    def _at(self, index):
        return self.rolls[index] if index < len(self.rolls) else 0

    def _is_strike(self, index):
        return self._at(index) == 10

    def _is_spare(self, index):
        return self._at(index) + self._at(index + 1) == 10


def parse(text):
    """A game from notation such as 'X 9/ 5-'."""
    game = Game()
    for frame in text.split():
        previous = 0
        for char in frame:
            if char == "X":
                pins = 10
            elif char == "/":
                pins = 10 - previous
            elif char == "-":
                pins = 0
            else:
                pins = int(char)
            game.roll(pins)
            previous = pins
    return game


def leaderboard(scores):
    """Names by score, best first, with shared ranks: [(rank, name)]."""
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    board = []
    rank = 0
    last = None
    for position, (name, score) in enumerate(ranked, start=1):
        if score != last:
            rank += 1
            last = score
        board.append((rank, name))
    return board
