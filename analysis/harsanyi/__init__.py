"""Around the program harsanyi: samples and models in Python for it, and its results read, drawn and reported."""

from harsanyi.serving import Sample, device, serve

__all__ = ["Sample", "device", "serve"]
