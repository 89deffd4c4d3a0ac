"""Taking lists over from other systems: checked row by row, tried dry, safe to run twice."""
