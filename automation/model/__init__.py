"""The words of the process as values: issue, event, comment, incident, on call, status page.

Begin with `issue.py` (what a tracker gives) and `incident.py` (what it means). No policy is known
here, no clock, no network: these values are what every other folder speaks in.
"""
