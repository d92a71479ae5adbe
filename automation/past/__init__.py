"""Incidents of the past, lived again by any policy from what people did then.

Begin with `life.py`; `deeds.py` says what people did.
"""
