"""Colours and whether people can read one on the other. Pure."""

from __future__ import annotations

READABLE = 4.5  # WCAG 2.2, 1.4.3, for text of any size


def contrast(one: str, other: str) -> float:
    """The contrast of two colours of six hex digits, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dim, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
