"""Adapters: the outside world behind the ports, each independent of the others."""
