"""Ukraine's free state school e-journal as a library."""

__version__ = "0.1.0"
