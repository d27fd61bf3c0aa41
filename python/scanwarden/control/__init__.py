"""Ask and tell the running service: HTTP over two unix sockets, one to read and one to administer.

What lives here: the endpoints with their OpenAPI page, the server, and the client that the command line uses. What does
not: the answers themselves, which the service gives through `contract.Service`. The modes of the sockets decide who
may: 0660 for questions, 0600 for changes.
"""
