"""The nouns of a school: frozen values that know their own invariants and nothing of storage."""
