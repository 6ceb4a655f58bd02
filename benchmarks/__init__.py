"""What the library costs, each work beside the same by hand: `make bench`."""
