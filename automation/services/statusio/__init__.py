"""status.io as the status page. Begin with `statusio.py`; its codes stand in `vocabulary.py`."""
