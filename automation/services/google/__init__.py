"""Google Docs for the working document. Begin with `google.py`; the token is got in `login.py`."""
