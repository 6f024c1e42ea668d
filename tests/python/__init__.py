"""Tests that mirror python/logagent, and what they share: an oracle and makers of log lines."""
