"""What the library is tested with, for those who build on it: contracts, strategies, samples."""
