"""What is happening now: rates, tables of what is counted, and what of it is recent.

Made of what an engine counts; shown by the status page and by `logagent top`.
"""
