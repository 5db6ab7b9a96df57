from .describe import mean, median, mode, quantile, stdev
from .matrix import Matrix

__all__ = ["Matrix", "mean", "median", "mode", "quantile", "stdev"]
