"""``lictor serve``."""

from pathlib import Path

import click

from gateway.cli.common import CONFIG, complaints


@click.command()
@CONFIG
@click.option("--host", help="Address to listen on (overrides the settings).")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(min=1), help="Number of worker processes.")
def serve(config: Path | None, host: str | None, port: int | None, workers: int | None) -> None:
    """Run the gateway.

    OpenAI clients use http://HOST:PORT/v1 as base URL, Anthropic clients http://HOST:PORT.
    Policy is reloaded when its files change; a broken bundle is refused and the last good one
    stays in force.
    """
    from gateway.server.run import serve as run

    with complaints():
        run(config, host=host, port=port, workers=workers)
