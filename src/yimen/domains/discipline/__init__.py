"""Discipline: what the records propose, what people decide, what is said against it."""
