from bowling import Game, leaderboard, parse


def test_known_games():
    assert parse("5/ 5/ 5/ 5/ 5/ 5/ 5/ 5/ 5/ 5/5").score() == 150
    assert parse("X 7/ 9- X -8 8/ -6 X X X81").score() == 167
    assert parse("12 34 51").score() == 16
    assert len(parse("X X X X X X X X X XXX").frames()) == 10


def test_limits():
    Game().roll(0)
    Game().roll(10)


def test_board():
    assert leaderboard({"a": 1}) == [(1, "a")]
    assert leaderboard({"a": 1, "b": 1, "c": 1, "d": 2}) == [(1, "d"), (2, "a"), (2, "b"), (2, "c")]
