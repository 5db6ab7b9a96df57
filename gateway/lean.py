"""As `broker.lean`, and without the message queues that Socket.IO would share its rooms over: a gateway's are its own.

To be imported before anything else.
"""

from mycoderai.broker.lean import without

with without("redis", "valkey", "kombu", "kafka", "aio_pika", "zmq", "eventlet", "gevent"):
    import socketio  # noqa: F401
