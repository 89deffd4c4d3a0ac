"""The appointments domain: slots, bookings, urgent requests, colleague windows (APPOINT)."""
