"""The closed set of changes, each with ``after``: what the incident is once it is made.

Begin with `issue_changes.py` (labels, assignees, state), then `service_calls.py` (pages, documents,
reviews) and `comments.py`. A change is data: `reconcile/` makes it, `planning/` simulates it.
"""
