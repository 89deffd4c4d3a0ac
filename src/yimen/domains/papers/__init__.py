"""Numbered documents of the hall: issued once, never changed, voided only with a reason."""
