"""GitHub as a `Tracker`. Begin with `tracker.py`; reads: `issue_reader.py`, writes: `writer.py`.

Values in, values out: nothing here decides. What GitHub is asked stands in `wire.py`.
"""
