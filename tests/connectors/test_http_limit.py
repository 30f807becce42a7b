"""A registry's limit: kept by threads and processes together, as the registry itself sees the requests come in."""

from __future__ import annotations

import multiprocessing
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from connectors import _limit, http
from connectors._limit import Limit, Rate
from connectors.http import Question
from tests.connectors.registry import Api, Registry, Reply, ask, connected, content
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

Start = Callable[..., Registry]
HERE = Connection("register", "https://registry.example/api")


def most_within(moments: list[float], seconds: float) -> int:
    """The largest number of moments within any ``seconds`` of each other."""
    moments = sorted(moments)
    return max(sum(1 for at in moments if begin <= at < begin + seconds) for begin in moments)


def asking(url: str, questions: int, rate: Rate, together: Any) -> None:
    """What each process does: asks so many questions, several at once."""
    together.wait(120)
    with http.Session(Connection("register", url), Api(rate=rate, at_once=3)) as session:
        list(session.pool.map(lambda number: session.ask(Question(f"things/{number}"), content), range(questions)))


def test_processes_keep_one_limit_together_in_any_window_as_the_server_sees_it(registry: Start) -> None:
    rate, processes, questions = Rate(10, 1.0), 4, 12
    started = registry(lambda asked: Reply({}))
    spawned = multiprocessing.get_context("spawn")
    together = spawned.Barrier(processes)
    running = [
        spawned.Process(target=asking, args=(started.url, questions, rate, together)) for _ in range(processes)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join(120)
    assert [process.exitcode for process in running] == [0] * processes
    moments = [asked.at for asked in started.asked]
    assert len(moments) == processes * questions
    assert len({asked.client for asked in started.asked[:10]}) > 3, "more than one process is at it"
    assert most_within(moments, rate.seconds) <= rate.requests


def test_tries_again_count_too(registry: Start) -> None:
    started = registry(lambda asked: Reply({}, 503 if asked.number % 2 else 200))
    with http.Session(connected(started), Api(rate=Rate(5, 0.5))) as session:
        list(session.pool.map(lambda _: session.ask(Question("things"), content), range(10)))
    assert most_within([asked.at for asked in started.asked], 0.5) <= 5


def test_the_connection_may_say_another_rate_or_none(registry: Start, limits: Path) -> None:
    started = registry(lambda asked: Reply({}))
    questions = [Question("things")] * 12
    ask(connected(started, extra={"rate": "4/0.5"}), *questions, api=Api(rate=None))
    assert most_within([asked.at for asked in started.asked], 0.5) <= 4
    assert len(list(limits.iterdir())) == 1
    ask(connected(started, extra={"rate": "none"}), *questions, api=Api(rate=Rate(1, 3600)))
    assert len(started.asked) == 24
    assert (Rate.parse("10/1"), Rate.parse("500/.5"), Rate.parse("none")) == (Rate(10, 1), Rate(500, 0.5), None)


def test_without_a_limit_there_is_no_file(registry: Start, limits: Path) -> None:
    ask(connected(registry(lambda asked: Reply({}))), api=Api(rate=None))
    assert not limits.exists()


def test_registries_and_connections_have_each_their_own(limits: Path) -> None:
    places = [
        HERE,
        Connection("other", HERE.url),
        Connection("register", "https://registry.example:8443/api"),
        Connection("register", "https://other.example/api"),
    ]
    for place in places:
        with Limit(place, Rate(1, 3600), Event()).one():
            pass
    assert len(list(limits.iterdir())) == len(places)
    with (
        pytest.raises(RegistryFailed),
        Limit(Connection("register", "https://registry.example/b"), Rate(1, 3600), Event()).one(),
    ):
        pass


def test_a_limit_that_is_used_up_for_longer_than_five_minutes_is_left_to_the_next_run() -> None:
    limit = Limit(HERE, Rate(2, 3600), Event())
    for _ in range(2):
        with limit.one():
            pass
    used = "register: the 2 requests that it allows in 3600 seconds are used up"
    with pytest.raises(RegistryFailed, match=used), limit.one():
        pass


def slots(limits: Path, *values: float) -> None:
    """Writes the slots of HERE as another process may have left them."""
    with Limit(HERE, Rate(1, 0.001), Event()).one():
        pass
    (file,) = limits.iterdir()
    file.write_bytes(array("d", values).tobytes())


def test_the_slot_of_a_process_that_was_killed_is_free_again(limits: Path) -> None:
    slots(limits, _limit._HELD + time.time() - _limit.LAPSED - 1)
    with Limit(HERE, Rate(1, 3600), Event()).one():
        pass


def test_a_slot_that_is_held_is_waited_for_until_it_is_given_back(limits: Path) -> None:
    first, second, order = Limit(HERE, Rate(1, 0.001), Event()), Limit(HERE, Rate(1, 0.001), Event()), list[str]()
    with http.ThreadPoolExecutor(1) as thread:
        with first.one():
            waiting = thread.submit(_enter, second, order)
            time.sleep(0.1)
            order.append("first")
        waiting.result(60)
    assert order == ["first", "second"]


def _enter(limit: Limit, order: list[str]) -> None:
    with limit.one():
        order.append("second")


def test_a_clock_that_was_set_back_stops_nobody(limits: Path) -> None:
    now = time.time()
    slots(limits, now + 86_400, _limit._HELD + now + 86_400)
    limit = Limit(HERE, Rate(2, 0.01), Event())
    for _ in range(2):
        with limit.one():
            pass


def test_a_file_of_another_rate_serves(limits: Path) -> None:
    for rate in (Rate(3, 0.01), Rate(50, 0.01), Rate(1, 0.01)):
        limit = Limit(HERE, rate, Event())
        for _ in range(rate.requests + 1):
            with limit.one():
                pass


def test_a_session_that_is_left_waits_for_no_slot() -> None:
    stopped = Event()
    with Limit(HERE, Rate(1, 200), Event()).one():
        pass
    with http.ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(_enter, Limit(HERE, Rate(1, 200), stopped), [])
        stopped.set()
        waiting.result(60)


def test_the_folder_is_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLEKKELOOS_LIMITS")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Limit(HERE, Rate(1, 1), Event()).one():
        pass
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    with pytest.raises(BadInput, match="VLEKKELOOS_LIMITS"):
        Limit(HERE, Rate(1, 1), Event())
