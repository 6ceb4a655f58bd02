"""What the project is built and tested with; nothing of it is installed."""
