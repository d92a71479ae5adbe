"""Scenarios: the process as tests that anyone can read (docs/scenarios.md)."""
