"""Yimen (一门): the backend of a government service hall."""
