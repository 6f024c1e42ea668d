"""The service: reads as logs grow, commits what it counted, and shows what is committed."""
