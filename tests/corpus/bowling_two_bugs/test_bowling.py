import unittest

from bowling import Game, leaderboard, parse


class GameTest(unittest.TestCase):
    def score(self, *rolls):
        game = Game()
        for pins in rolls:
            print("rolled", pins, "x" * 200)
            game.roll(pins)
        return game.score()

    def test_gutter(self):
        self.assertEqual(self.score(*[0] * 20), 0)

    def test_ones(self):
        self.assertEqual(self.score(*[1] * 20), 20)

    def test_spare(self):
        self.assertEqual(self.score(5, 5, 3, *[0] * 17), 16)

    def test_strike(self):
        self.assertEqual(self.score(10, 3, 4, *[0] * 16), 24)

    def test_perfect(self):
        self.assertEqual(self.score(*[10] * 12), 300)

    def test_spare_at_the_end(self):
        self.assertEqual(self.score(*[0] * 18, 4, 6, 7), 17)

    def test_invalid(self):
        for pins in (-1, 11):
            with self.assertRaises(ValueError):
                Game().roll(pins)

    def test_frames(self):
        self.assertEqual(parse("X 54 X 3-").frames(), [0, 1, 3, 4])


class ParseTest(unittest.TestCase):
    def test_notation(self):
        self.assertEqual(parse("X 9/ 5-").rolls, [10, 9, 1, 5, 0])

    def test_score(self):
        self.assertEqual(parse("9- 9- 9- 9- 9- 9- 9- 9- 9- 9-").score(), 90)


class BoardTest(unittest.TestCase):
    def test_ranks(self):
        scores = {"eve": 90, "bob": 120, "ann": 120, "dan": 50}
        self.assertEqual(leaderboard(scores), [(1, "ann"), (1, "bob"), (3, "eve"), (4, "dan")])

    def test_empty(self):
        self.assertEqual(leaderboard({}), [])
