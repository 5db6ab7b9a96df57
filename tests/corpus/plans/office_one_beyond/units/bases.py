ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def to_base(number, base):
    if not 2 <= base <= 36:
        raise ValueError("base must be between 2 and 36")
    if number == 0:
        return "0"
    digits = []
    rest = abs(number)
    while rest:
        rest, digit = divmod(rest, base)
        digits.append(ALPHABET[digit])
    if number < 0:
        digits.append("-")
    return "".join(reversed(digits))


def gcd(a, b):
    while b:
        a, b = b, a % b
    return abs(a)


def power(base, exponent, modulus=None):
    """Square and multiply."""
    result = 1
    while exponent > 0:
        if exponent & 1:
            result = result * base if modulus is None else result * base % modulus
        base = base * base if modulus is None else base * base % modulus
        exponent >>= 1
    return result


def bit_count(number):
    count = 0
    while number:
        number &= number - 1
        count += 1
    return count
