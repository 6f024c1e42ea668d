"""Tests of what judges counts; laid out like the package."""
