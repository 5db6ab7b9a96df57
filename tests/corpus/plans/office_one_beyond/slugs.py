"""Turning titles into slugs, and text into tidy text."""
import re
import unicodedata

STOP_WORDS = {"a", "an", "the", "of", "and"}


def strip_accents(text):
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def slugify(title, separator="-", max_length=40):
    words = re.findall(r"[a-z0-9]+", strip_accents(title).lower())
    words = [word for word in words if word not in STOP_WORDS] or words
    slug = separator.join(words)
    if len(slug) > max_length:
        slug = slug[:max_length].rsplit(separator, 1)[0]
    return slug


def unique_slug(title, taken):
    """Appends -2, -3, ... until the slug is free."""
    base = slugify(title)
    slug = base
    number = 2
    while slug in taken:
        slug = f"{base}-{number}"
        number += 1
    return slug


def title_case(text):
    small = {"of", "in", "and", "the"}
    words = text.split()
    result = []
    for index, word in enumerate(words):
        if index > 0 and word.lower() in small:
            result.append(word.lower())
        else:
            result.append(word.capitalize())
    return " ".join(result)


def truncate(text, width):
    if len(text) <= width:
        return text
    return text[: width - 1].rstrip() + "…"


def wrap(text, width):
    lines = []
    current = ""
    for word in text.split():
        if not current:
            current = word
        elif len(current) + 1 + len(word) < width:
            current += " " + word
        else:
            lines.append(current)
            current = word
    if current:
        lines.append(current)
    return lines


def initials(name):
    return "".join(part[0].upper() for part in name.split())


def is_palindrome(text):
    letters = [char.lower() for char in text if char.isalnum()]
    return letters == letters[::-1]


def mask(secret, visible=4):
    if len(secret) <= visible:
        return "*" * len(secret)
    return "*" * (len(secret) - visible) + secret[-visible:]
