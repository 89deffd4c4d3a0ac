"""``make contract``: the contract linted, compared with what was promised, and lived through."""
