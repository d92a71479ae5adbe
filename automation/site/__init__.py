"""The public status site as files. Begin with `site.py`; `pages.py` writes the HTML.

No word of an incident gets here but those that somebody published.
"""
