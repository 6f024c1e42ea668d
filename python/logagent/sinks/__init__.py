"""Protocols by which counts go to other systems, one module each; `sink` says what they share."""
