"""`make bench`: every measurement, one after another."""

import asyncio

from bench import transport, viewer

if __name__ == "__main__":
    transport.main(2.0)
    asyncio.run(viewer.main(1600))
