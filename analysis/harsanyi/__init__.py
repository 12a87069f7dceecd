"""Around the program harsanyi: samples and models in Python for it, sweeps, and their results read, drawn, reported."""

from typing import TYPE_CHECKING, Any

from harsanyi.serving import Sample, device, serve

if TYPE_CHECKING:
    from harsanyi.reader import open_results
    from harsanyi.sweeping import HarsanyiError, sweep

__all__ = ["HarsanyiError", "Sample", "device", "open_results", "serve", "sweep"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (any of the names above)
    """What needs h5py is imported when it is asked for: a model that is served needs numpy alone."""
    if name in ("sweep", "HarsanyiError"):
        from harsanyi import sweeping

        return getattr(sweeping, name)
    if name == "open_results":
        from harsanyi.reader import open_results

        return open_results
    raise AttributeError(f"module 'harsanyi' has no attribute '{name}'")
