"""Service items: what the hall handles, in which time, for which materials (MGMT 四–七)."""
