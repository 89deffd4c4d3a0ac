"""Conferences: the joint conference on a weighty matter, and the regular one of the chiefs."""
