"""The public status site as files. Begin with `site.py`; `pages.py` says which files there are.

No word of an incident gets here but those that somebody published.
"""
