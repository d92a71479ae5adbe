"""Slack as the chat. Begin with `slack.py`; its requests stand in `wire.py`."""
