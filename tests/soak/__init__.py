"""Random traffic against a model, on real servers, while everything that can fail does (soak.py)."""
