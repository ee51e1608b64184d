"""Starts the kernel with encrypted channels (CurveZMQ), as jupyter_client does where it is told to, and prints what came of it."""

import asyncio
import json
from pathlib import Path

import zmq
from jupyter_client import AsyncKernelManager


async def main() -> None:
    manager = AsyncKernelManager(kernel_name="tracebook-test", transport_encryption="required")
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    printed = []
    reply = await client.execute_interactive(
        "console.log('secret'); 6 * 7", timeout=60, output_hook=lambda message: printed.append(message["msg_type"])
    )
    info = json.loads(Path(manager.connection_file).read_text())
    print(
        json.dumps(
            {
                "status": reply["content"]["status"],
                "outputs": printed,
                "heartbeat": await client.is_alive(),
                "inTheClear": answers(info, {}),
                "wrongKey": answers(info, {"curve_serverkey": zmq.curve_keypair()[0]}),
                "rightKey": answers(info, {"curve_serverkey": info["curve_publickey"].encode()}),
            }
        )
    )
    client.stop_channels()
    await manager.shutdown_kernel()


def answers(info: dict, options: dict) -> bool:
    """Whether the heartbeat answers a client with these socket options."""
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.linger = 0
    if options:
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        socket.curve_serverkey = options["curve_serverkey"]
    socket.connect(f"tcp://{info['ip']}:{info['hb_port']}")
    socket.send(b"ping")
    answered = socket.poll(1000) > 0
    socket.close()
    return answered


asyncio.run(main())
