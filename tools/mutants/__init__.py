"""Mutation testing of what decides: one small change of the source at a time, and who notices.

    python -m tools.mutants --count 400 --seed 1

Why it is not a package that there is, docs/decisions/0014-mutants-of-our-own.md says.
"""
