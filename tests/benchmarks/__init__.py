"""How fast IMA is, measured the same way each time: ``make bench``."""
