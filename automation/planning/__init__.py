"""From a snapshot of the world to a plan: what should change, and why. Pure.

Begin with `planner.py`: it applies what rules propose to a simulated world until nothing moves.
`invariants.py` holds whatever the policy says. Nothing here knows whether a plan will be applied.
"""
