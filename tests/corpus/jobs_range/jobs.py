"""A small asynchronous job runner with retries and a limit on parallel jobs."""
import asyncio
from dataclasses import dataclass, field


class GaveUp(Exception):
    def __init__(self, name, attempts):
        super().__init__(f"{name} failed after {attempts} attempts")
        self.attempts = attempts


@dataclass
class Result:
    name: str
    value: object = None
    error: str = ""
    attempts: int = 1

    @property
    def ok(self):
        return not self.error


async def retry(name, job, attempts=3, delay_s=0.0):
    """Await job() until it works; raises GaveUp after the last attempt."""
    for attempt in range(1, attempts):
        try:
            return await job(), attempt
        except ConnectionError:
            if attempt == attempts:
                raise GaveUp(name, attempts) from None
            await asyncio.sleep(delay_s)


@dataclass
class Runner:
    limit: int = 2
    running: int = 0
    peak: int = 0
    results: list = field(default_factory=list)

    async def run_one(self, name, job, gate):
        async with gate:
            self.running += 1
            self.peak = max(self.peak, self.running)
            try:
                value, attempts = await retry(name, job)
                self.results.append(Result(name, value, attempts=attempts))
            except GaveUp as error:
                self.results.append(Result(name, error=str(error), attempts=error.attempts))
            finally:
                self.running -= 1

    async def run(self, jobs):
        gate = asyncio.Semaphore(self.limit)
        await asyncio.gather(*(self.run_one(name, job, gate) for name, job in jobs.items()))
        return sorted(self.results, key=lambda result: result.name)

    def failed(self):
        return [result.name for result in self.results if not result.ok]


async def first_value(queue, wanted):
    """The first item that wanted(item) accepts; None when a None item ends the queue."""
    while True:
        item = await queue.get()
        if item is None:
            return None
        if wanted(item):
            return item
