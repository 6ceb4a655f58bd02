"""What the library is measured beside: the same reads and writes, written by hand and well."""
