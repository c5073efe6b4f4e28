"""HTTP on 127.0.0.1: routes, WebSocket, authentication, and the guard around all of them."""
