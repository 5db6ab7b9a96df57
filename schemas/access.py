"""What is kept of a token that opens the gateways. The token itself is not: only who has it can show it."""

from mycoderai.schemas.web.access import Token


class TokenKept(Token, frozen=True, kw_only=True, omit_defaults=True):
    """The message on the token's subject."""

    digest: str
    """SHA-256 of the secret. It is random, 256 bits: there is nothing to guess that a slow hash would protect."""
    revoked_at: str = ""
