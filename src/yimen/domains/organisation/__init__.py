"""The organisation domain: departments, windows, staff, and who served where and when."""
