"""GitLab as a `Tracker`. Begin with `tracker.py`; reading is `issues.py`, writing `writer.py`.

Values in, values out: nothing here decides. What GitLab is asked stands in `wire.py`.
"""
