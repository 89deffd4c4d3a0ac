"""The accounts domain: who may log in, as what, and the log-ins that are open."""
