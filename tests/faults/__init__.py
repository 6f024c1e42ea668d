"""The service as a process of its own, and everything that goes wrong around it.

The oracle: every line that is written carries a number of its own and the number's square. The
service counts lines, numbers and squares; a lost or doubled line cannot leave all three as they
should be.
"""
