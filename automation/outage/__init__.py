"""How people go on while the tracker is away, and how it is carried back afterwards.

Begin with `outage_card.py` (what is printed then); `mirror.py` is the copy that is read then,
`replay.py` carries the embedded tracker into the real one.
"""
