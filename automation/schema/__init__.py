"""YAML as nodes that know their file and line, and shapes: what a value may be.

Begin with `shapes.py`: from a shape come validation, JSON Schema and the reference page;
`described.py` reads shapes off dataclasses. Nothing here knows which keys a policy has.
"""
