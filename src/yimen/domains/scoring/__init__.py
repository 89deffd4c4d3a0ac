"""Scores: facts of the other domains, judged by the rulebook, kept in a ledger (APPRAISE)."""
