"""Events sent on to other systems, signed, until they have arrived."""
