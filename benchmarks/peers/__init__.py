"""What else keeps marks, in the same rounds as the library: `make bench-peers`."""
