"""The process as tests that anyone can read (docs/scenarios.md).

Begin with `scenario_file.py` (the format) and `play.py` (how one is played). Scenarios see IMA as
people do: they act on a tracker, a pass runs, and what is there afterwards is compared.
"""
