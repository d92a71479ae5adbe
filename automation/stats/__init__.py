"""Figures of the past: how many incidents, how long, how available. Pure.

Begin with `figures.py`; `tables.py` shows what it counts.
"""
