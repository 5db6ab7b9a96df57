"""How long the model role waits for a provider, and how often it asks again."""

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    first_s: float = 240.0
    """Until the answer begins; models that think before they speak take minutes."""
    between_s: float = 120.0
    """Between two pieces of it. Comments and empty events do not count."""
    call_s: float = 600.0
    """One whole answer."""
    total_s: float = 840.0
    """A request with all its retries and fallbacks; below what an agent waits for."""
    patience_s: float = 330.0
    """From a model's first failure until it is given up: an outage of five minutes is ridden out."""
    patience_with_fallback_s: float = 45.0
    """The same when there is another model to turn to."""
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0

    def pause_s(self, failures: int, retry_after_s: float | None, jitter: float) -> float:
        """How long to wait after so many failures in a row; `jitter` is between 0 and 1. A provider that says when
        to come again is not asked sooner."""
        if retry_after_s is not None:
            return retry_after_s + jitter * self.first_pause_s
        doubled = self.first_pause_s * 2.0 ** min(failures - 1, 16)
        return min(doubled, self.longest_pause_s) * (0.5 + jitter)
