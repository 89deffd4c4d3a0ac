"""Inspections: rounds, what they found, who answers for it (HYGIENE, SECURITY, CONDUCT, VIRUS)."""
