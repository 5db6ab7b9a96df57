"""The workbench is used by one piece of work at a time."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mycoderai.workers.memory.workbench import Workbench


def test_a_bench_is_closed_behind_the_work_that_is_done_at_it() -> None:
    bench, begun, go_on = Workbench(), threading.Event(), threading.Event()

    def work(db: sqlite3.Connection) -> int:
        begun.set()
        assert go_on.wait(60)
        return int(db.execute("SELECT count(*) FROM runs").fetchone()[0])

    with ThreadPoolExecutor(2) as threads:
        working = threads.submit(bench.with_rows, [], work)
        assert begun.wait(60)
        closing = threads.submit(bench.close)
        assert not closing.done()
        go_on.set()
        assert working.result(60) == 0
        closing.result(60)
    with pytest.raises(sqlite3.ProgrammingError):
        bench.spoken("words")


def test_words_are_read_beside_work_in_another_thread() -> None:
    bench, begun, go_on = Workbench(), threading.Event(), threading.Event()

    def work(db: sqlite3.Connection) -> bool:
        begun.set()
        go_on.wait(0.2)  # nobody sets it: whoever reads words has to wait for this
        return db.in_transaction

    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(bench.with_rows, [], work)
        assert begun.wait(60)
        assert bench.spoken("two words") == ["two", "word"]
        assert working.result(60)
    bench.close()
