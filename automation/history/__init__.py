"""From the history of an issue to what it means: events, comments and commands, judged.

Begin with `fold.py`: a left fold in the order of time, the only judge of what people did. What a
person did at 12:03 is judged by the facts of 12:03. Nothing here proposes a change.
"""
