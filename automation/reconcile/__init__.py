"""One pass of IMA: read the world, plan, make it so, leave a cache.

Begin with `one_pass.py`, which is the whole of it in a page; `observe.py` reads, `apply.py` and
`apply_issue.py` write. Trackers and services are reached through their protocols only.
"""
