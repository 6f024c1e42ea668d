"""Tests on real logs, which are not part of this repository."""
