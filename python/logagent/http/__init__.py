"""The service's HTTP interface: who may ask, what is answered, and the server."""
