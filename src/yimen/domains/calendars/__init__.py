"""The calendars domain: which days and hours the hall works, and what follows from that."""
