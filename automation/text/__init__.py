"""Text on its way across a border: escaped, marked, measured, read as Markdown.

Begin with `escaping.py`: whatever a stranger wrote passes through it before it stands in a
comment, a log or a message. Nothing here knows what an incident is.
"""
