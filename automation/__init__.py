"""IMA: keeps incident issues true to a company's incident process."""

__version__ = "0.1.0"
