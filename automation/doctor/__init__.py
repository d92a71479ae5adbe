"""Is this set-up alive? Each file judges what one system answered: values in, lines out.

Begin with `setup_check.py`, which has what every line is made of. The questions are asked by the
``setup_facts.py`` of each tracker and service; nothing here asks anything itself.
"""
