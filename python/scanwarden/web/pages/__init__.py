"""Hold the pages: each file gives the endpoints of one, made from what the store and the service answer."""
