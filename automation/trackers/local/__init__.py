"""The embedded tracker: one SQLite file that keeps issues and events as a forge does.

Begin with `tracker.py`; the tables are in `schema.py`. It is the default without any account, the
fallback in an outage, and the world that scenarios are played in.
"""
