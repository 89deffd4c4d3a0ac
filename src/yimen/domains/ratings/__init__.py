"""Ratings: what applicants say of the service they had, and what the office makes of a bad one."""
