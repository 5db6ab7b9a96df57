VALUES = [
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]
DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def to_roman(number):
    if not 1 <= number <= 3999:
        raise ValueError(f"{number} has no roman form")
    result = ""
    for value, letters in VALUES:
        while number >= value:
            result += letters
            number -= value
    return result


def from_roman(text):
    total = 0
    previous = 0
    for letter in reversed(text.upper()):
        value = DIGITS[letter]
        if value < previous:
            total -= value
        else:
            total += value
            previous = value
    return total
