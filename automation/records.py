"""``dataclass``, as the standard library has it, whose classes are made in half the time.

Every process makes some 160 of our classes before it does anything. The library compiles six
functions for each, which was a third of the start of ``ima plan``. Here only ``__init__`` is
compiled; comparing, hashing and showing are shared by all. That a frozen record is never changed
is held by mypy, not at run time; making one is twice as fast for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter
    from reprlib import recursive_repr

    def dataclass(cls=None, /, *, frozen=False, eq=True, **how):
        """The library's decorator for records: what ``frozen`` and ``eq`` mean is the same."""
        if cls is None:
            return lambda cls: dataclass(cls, frozen=frozen, eq=eq, **how)
        own = cls.__dict__
        made = dataclasses.dataclass(cls, eq=False, repr=False, **how)
        fields = dataclasses.fields(made)
        if "__repr__" not in own:
            made.__repr__ = _show
        if eq and "__eq__" not in own:
            compared = [f.name for f in fields if f.compare]
            hashed = [f.name for f in fields if (f.compare if f.hash is None else f.hash)]
            made._compared = staticmethod(_values(compared))
            made._hashed = staticmethod(_values(hashed))
            made.__eq__ = _equal
            made.__hash__ = own.get("__hash__") or (_hash if frozen else None)
        return made

    def _values(names):
        """What gives the values of these fields as a tuple."""
        if len(names) > 1:
            return attrgetter(*names)
        return lambda record: tuple(getattr(record, name) for name in names)

    def _equal(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self._compared(self) == self._compared(other)

    def _hash(self):
        return hash(self._hashed(self))

    @recursive_repr()
    def _show(self):
        shown = [f for f in dataclasses.fields(self) if f.repr]
        values = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in shown)
        return f"{self.__class__.__qualname__}({values})"
