"""Reading ``policy.yml``, ``labels.yml`` and the rules in them; all mistakes at once.

Begin with `policy_file.py`. Texts come in, typed values of `policy/` and `rules/` go out, and these
say which keys there are. Which file on which disk is for `workspace/`.
"""
