"""Complaints about the hall's service: taken in, looked into, answered, each in its time."""
