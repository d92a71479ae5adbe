"""Texts for people: comments, card, announcements, reviews, and the plan itself.

Begin with `templates.py` (how a template is rendered, and what is escaped), then `issue_texts.py`.
Values come in, texts go out: nothing here decides what should happen.
"""
