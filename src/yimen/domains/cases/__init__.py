"""A case from the window where it comes in to the signature with which it leaves."""
