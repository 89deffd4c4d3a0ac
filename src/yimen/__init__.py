"""Yimen (一门): the backend of a government service hall."""

import gc

# What is imported and made at the start never becomes garbage: to look for some less often saves a
# quarter of the time that a process takes to come back.
gc.set_threshold(50_000, 20, 50)
