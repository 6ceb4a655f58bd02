"""The cost as marks, schools, rows of a file and writers become more: `make bench-growth`."""
