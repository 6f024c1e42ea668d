"""Tests of the commands, each as a process of its own."""
