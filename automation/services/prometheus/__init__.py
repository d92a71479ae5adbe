"""Prometheus, and what speaks like it, as the source of samples. One file: `prometheus.py`."""
