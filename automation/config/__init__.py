"""Reading ``policy.yml``, ``labels.yml`` and the rules in them; all mistakes at once.

Begin with `policy_file.py`; `policy_shape.py` says which keys there are. Texts come in, typed
values of `policy/` and `rules/` go out: which file on which disk is for `workspace/`.
"""
