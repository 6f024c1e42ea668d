"""Waking many readers."""

import asyncio

from logagent.eventlog.tick import Tick

READERS = 100


def test_all_are_woken_and_others_get_their_turn_in_between() -> None:
    woken: list[str] = []

    async def read(tick: Tick) -> None:
        await tick.wait()
        if not woken:  # somebody asks something else just now
            asyncio.get_running_loop().call_soon(woken.append, "other")
        woken.append("reader")

    async def run() -> None:
        tick = Tick(asyncio.get_running_loop())
        readers = [asyncio.create_task(read(tick)) for _ in range(READERS)]
        await asyncio.sleep(0)
        tick.notify_from_thread()
        async with asyncio.timeout(30):
            await asyncio.gather(*readers)

    asyncio.run(run())
    assert woken.count("reader") == READERS
    assert woken.index("other") < READERS // 4


def test_a_reader_that_has_gone_holds_up_nobody() -> None:
    async def run() -> None:
        tick = Tick(asyncio.get_running_loop())
        first, *others = [asyncio.create_task(tick.wait()) for _ in range(READERS)]
        await asyncio.sleep(0)
        first.cancel()
        tick.notify_from_thread()
        async with asyncio.timeout(30):
            await asyncio.gather(*others)

    asyncio.run(run())
