"""What a bare python-socketio server does in the same place: one event after the other to everybody in a room, from a
loop. A line on stdin, `COUNT PAYLOAD`, starts it.
"""

import asyncio
import json
import sys
from typing import Any

import socketio
import uvicorn


async def main() -> None:
    server: Any = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])

    async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
        await server.enter_room(sid, "room")

    server.on("connect", connect)
    config = uvicorn.Config(
        socketio.ASGIApp(server), port=0, ws="wsproto", http="h11", lifespan="off", log_level="error", access_log=False
    )
    listener = config.bind_socket()
    print(listener.getsockname()[1], flush=True)
    serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[listener]))
    line = await asyncio.to_thread(sys.stdin.readline)
    if line:
        count, _, payload = line.partition(" ")
        event = json.loads(payload)
        for _ in range(int(count)):
            await server.emit("event", event, to="room")
        await asyncio.to_thread(sys.stdin.readline)
    serving.cancel()


if __name__ == "__main__":
    asyncio.run(main())
