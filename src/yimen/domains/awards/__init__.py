"""Awards and grades: proposed with reasons, decided by people, published."""
