"""The machines of the hall: who they are, their secrets, what they may do."""
