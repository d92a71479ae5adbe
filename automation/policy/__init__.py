"""The policy and the labels as typed values, and what follows from them alone.

Begin with `policy.py`. Here: who owns an incident and may act (`ownership.py`), when a review or a
public update is due, what samples say of a service. How the files are read is `config/`; what the
rules do is `rules/`; neither is known here.
"""
