"""GitLab's on-call schedules and escalation policies as the pager. One file: `gitlab.py`."""
