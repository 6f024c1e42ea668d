"""The tests of the Python side, of the whole program, and of real logs."""
