"""Durations, working hours, moments and cron lines, as files write them.

Begin with `durations.py`. Nothing here reads a clock: the present time is always given.
"""
