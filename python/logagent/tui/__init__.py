"""`logagent top`: what is happening now, on a terminal."""
