"""Turns the rules of other tools into configurations, and says what has no counterpart.

Each module has a function from the text of the tool's file to an `Imported`.
"""
