"""The only sockets: the ASGI application, its settings, its driver, the admin API."""
