"""The messages that clipferry's parts exchange: requests, answers, jobs, events, errors. The single source of all of them.

JSON Schema, OpenAPI and the web side's TypeScript are generated from these models (``python -m clipferry.protocol.json_schema``).

On a byte stream (native messaging, the daemon's socket) a message is a *frame*: a 32-bit length in native byte order and
that many bytes of UTF-8 JSON, at most ``MAX_FRAME_BYTES`` (developer.chrome.com/docs/extensions/develop/concepts/native-messaging).
"""
