"""Refusals on file, and what REJECT 七 punishes about them."""
