"""What one command works with: files, folders, the tracker and the services that they name.

Begin with `session.py`. Files are read here and nowhere else; nothing here prints.
"""
