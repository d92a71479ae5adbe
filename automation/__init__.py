"""IMA: keeps incident issues true to a company's incident process."""


def __getattr__(name: str) -> str:
    """``__version__``, which the tag gave the package (`.ci/version.py`); read when asked for."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ima")
    except PackageNotFoundError:
        return "unknown: not installed"
