"""The rulebook domain: the numbers of the regulations as dated, cited editions."""
