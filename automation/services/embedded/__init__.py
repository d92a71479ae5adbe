"""The services that need no account: rotas of the policy, a log, Markdown files, sample files.

Begin with `embedded.py`.
"""
