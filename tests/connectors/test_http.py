"""Questions to a registry over HTTP: asked again as servers ask for it, and nothing told that may not be."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from connectors import http
from connectors._again import asked_to_wait
from connectors._limit import Limit
from connectors.http import Question, Unreadable
from tests.connectors.registry import Api, Asked, Registry, Reply, ask, connected, content
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed, RegistryRefused

Start = Callable[..., Registry]

#: A test BSN (9999…) that passes the elfproef.
BSN = "999990019"
SECRET = "sleutel-die-niemand-mag-zien"
FINE = Reply({"fine": True})


def first(*replies: Reply) -> Callable[[Asked], Reply]:
    """Answers with these, one after the other, and then all is fine."""
    return lambda asked: replies[asked.number - 1] if asked.number <= len(replies) else FINE


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_question_without_a_body_is_a_get_with_its_parameters_and_one_with_a_body_a_post(registry: Start) -> None:
    started = registry(first())
    ask(connected(started, "/api/v2"), Question("/a/b", {"page": 2}), Question("c", body={"bsn": [BSN]}))
    get, post = started.asked
    assert (get.method, get.path, get.params) == ("GET", "/api/v2/a/b", {"page": "2"})
    assert (post.method, post.path, post.params, post.json) == ("POST", "/api/v2/c", {}, {"bsn": [BSN]})


def test_the_headers_are_those_of_the_api_and_the_connection(registry: Start) -> None:
    started = registry(first())
    extra = {"headers": {"x-doelbinding": "BRPACT-Burgerzaken", "Accept-Crs": "epsg:28992"}}
    ask(connected(started, extra=extra), api=Api(headers={"Accept": "application/hal+json", "Accept-Crs": "x"}))
    told = started.asked[0].headers
    assert (told["Accept"], told["Accept-Crs"]) == ("application/hal+json", "epsg:28992")
    assert told["x-doelbinding"] == "BRPACT-Burgerzaken"


def test_a_connection_is_kept_open_for_the_next_question_and_no_cookie_is_kept(registry: Start) -> None:
    started = registry(lambda asked: Reply({}, headers={"Set-Cookie": "of=me; Path=/"}))
    ask(connected(started), *[Question("things")] * 20)
    assert len({asked.client for asked in started.asked}) == 1
    assert not any("Cookie" in asked.headers for asked in started.asked)


def test_an_absent_record_is_an_answer_where_the_question_allows_it_and_else_a_refusal(registry: Start) -> None:
    connection = connected(registry(lambda asked: Reply({"title": "Not found"}, 404)))
    assert ask(connection, Question("things/1", absent=True)) == [None]
    with pytest.raises(RegistryRefused, match="register: /things/1: HTTP 404"):
        ask(connection, Question("things/1"))


def test_a_question_survives_being_written_down() -> None:
    question = Question("a", {"page": 2, "naam": 'é"'}, {"type": "x"}, absent=True)
    assert Question.parse(str(question)) == question
    assert BSN not in repr(Question("a", {"bsn": BSN}, {"bsn": BSN}))


# ── asking again ──────────────────────────────────────────────────────────────────────────────────────────

PASSING = {
    "408": Reply(status=408),
    "429": Reply(status=429, headers={"Retry-After": "0"}),
    "502": Reply(status=502),
    "503": Reply(status=503),
    "504": Reply(status=504),
    "reset": Reply(reset=True),
    "cut off": Reply({"fine": True}, cut=True),
    "cut off in a chunk": Reply({"fine": True}, cut=True, chunked=True),
    "HTML": Reply(raw=b"<html>Even geduld</html>", headers={"Content-Type": "text/html"}),
    "no content": Reply(raw=b"", status=204),
    "no UTF-8": Reply(raw=b'{"fine": "\xe9"}'),
}


@pytest.mark.parametrize("failing", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("question", [Question("things"), Question("things", body={"page": 1})], ids=["GET", "POST"])
def test_a_passing_failure_is_asked_again(registry: Start, failing: Reply, question: Question) -> None:
    started = registry(first(failing, failing))
    assert ask(connected(started), question) == [{"fine": True}]
    assert [asked.body for asked in started.asked] == [started.asked[0].body] * 3


def test_a_body_that_is_cut_off_where_it_still_is_json_is_seen(registry: Start) -> None:
    started = registry(first(Reply(raw=b"12345678", cut=True)))
    assert ask(connected(started)) == [{"fine": True}]


def test_an_answer_that_its_reader_can_not_read_is_asked_again_and_at_last_told(
    registry: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    started = registry(lambda asked: Reply({"number": asked.number}))

    def third(answer: http.Answer) -> int:
        if answer.content["number"] < 3:
            raise Unreadable("too early")
        return int(answer.content["number"])

    def never(answer: http.Answer) -> int:
        answer.at("_embedded.things")
        return 0

    with http.Session(connected(started), Api()) as session:
        assert session.ask(Question("things"), third) == 3
        with pytest.raises(RegistryFailed, match=r"register: /things: the answer has no _embedded\.things$"):
            session.ask(Question("things"), never)
    assert len(started.asked) == 3 + http.TRIES


@pytest.mark.parametrize("share", [0.2])
def test_of_a_thousand_questions_all_are_answered_while_one_request_in_five_fails(
    registry: Start, share: float
) -> None:
    kinds = [reply for reply in PASSING.values() if reply.status != 204]

    def unlucky(asked: Asked) -> Reply:
        chance = Random(asked.number)
        return chance.choice(kinds) if chance.random() < share else Reply({"of": asked.path})

    started = registry(unlucky)
    questions = [Question(f"things/{number}") for number in range(1000)]
    with http.Session(connected(started), Api()) as session:
        answers = list(session.pool.map(lambda question: session.ask(question, content), questions))
    assert [answer["of"] for answer in answers] == [f"/things/{number}" for number in range(1000)]
    assert len(started.asked) > 1200


def test_twelve_tries_are_enough_for_what_is_promised() -> None:
    assert 0.2**http.TRIES * 1000 < 1e-5


def test_a_registry_that_is_down_is_told_after_all_tries_and_a_server_error_at_once(
    registry: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    for status, tries in ((503, http.TRIES), (500, 1), (501, 1)):
        started = registry(lambda asked, status=status: Reply(status=status))
        with pytest.raises(RegistryFailed, match=f"register: /things: HTTP {status}") as failed:
            ask(connected(started))
        assert not isinstance(failed.value, RegistryRefused)
        assert len(started.asked) == tries


def test_nobody_at_the_address_is_told(registry: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    started = registry(first())
    started.stop()
    with pytest.raises(RegistryFailed, match="register: /things: ConnectionError") as failed:
        ask(connected(started), Question("things", {"bsn": BSN}))
    clean(failed.value)


# ── Retry-After ───────────────────────────────────────────────────────────────────────────────────────────


def test_retry_after_is_a_number_of_seconds_or_a_date_by_the_servers_own_clock() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    later = format_datetime(now + timedelta(seconds=90), usegmt=True)
    assert asked_to_wait({"Retry-After": "17"}) == 17
    assert asked_to_wait({"Retry-After": later, "Date": format_datetime(now, usegmt=True)}) == 90
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=3600), usegmt=True)
    assert 3500 < asked_to_wait({"Retry-After": soon}) <= 3600
    for past_or_nothing in ({"Retry-After": format_datetime(now, usegmt=True)}, {"Retry-After": "gauw"}, {}):
        assert asked_to_wait(past_or_nothing) == 0


def test_when_a_registry_asks_to_wait_no_thread_asks_it_anything_before(
    registry: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, silence = Event(), Limit.silence

    def spied(self: Limit, seconds: float) -> None:
        silence(self, seconds)
        heard.set()

    def answer(asked: Asked) -> Reply:
        if asked.number == 1:
            return Reply(status=429, headers={"Retry-After": "1"})
        # the questions that were under way when it asked to wait are answered when the session has heard it
        assert heard.wait(60)
        return FINE

    monkeypatch.setattr(Limit, "silence", spied)
    started = registry(answer)
    with http.Session(connected(started), Api()) as session:
        list(session.pool.map(lambda _: session.ask(Question("things"), content), range(40)))
    assert len(started.asked) == 41
    refused = started.asked[0].at
    early = [asked for asked in started.asked[1:] if asked.at < refused + 1]
    assert len(early) < session.at_once


def test_a_longer_wait_than_five_minutes_is_left_to_the_next_run(registry: Start) -> None:
    started = registry(lambda asked: Reply(status=503, headers={"Retry-After": "301"}))
    with pytest.raises(RegistryFailed, match="HTTP 503 Service Unavailable, and asks to wait 301 seconds"):
        ask(connected(started))
    assert len(started.asked) == 1


def test_a_session_that_is_left_does_not_wait_on(registry: Start) -> None:
    started = registry(lambda asked: Reply(status=429, headers={"Retry-After": "200"}))
    with http.Session(connected(started), Api()) as session:
        waiting = [session.pool.submit(session.ask, Question("things"), content) for _ in range(3)]
        while not started.asked:
            time.sleep(0.01)
    for one in waiting:
        assert isinstance(one.exception(), RegistryFailed)


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────


def clean(error: BaseException | None, *secrets: str) -> None:
    """Neither the error nor anything that hangs on it holds a BSN or a secret."""
    while error is not None:
        for told in (str(error), repr(error), repr(error.args), repr(vars(error))):
            for secret in (BSN, SECRET, *secrets):
                assert secret not in told
        error = error.__cause__ or error.__context__


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything that was logged, by anything, at any level."""
    with caplog.at_level(logging.DEBUG):
        yield lambda: "\n".join(record.getMessage() + str(record.exc_info) for record in caplog.records)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 422])
def test_a_refusal_is_told_once_with_its_code_and_parameter_and_without_the_person(
    registry: Start, logged: Callable[[], str], status: int
) -> None:
    problem = {
        "type": "https://registry.example/problem",
        "title": f"Een of meerdere parameters zijn niet correct ({BSN}).",
        "status": status,
        "detail": f"De foutieve parameter is {BSN}",
        "instance": f"/personen?burgerservicenummer={BSN}",
        "code": "paramsValidation",
        "invalidParams": [
            {"name": "burgerservicenummer[0]", "code": "pattern", "reason": f"{BSN} is no BSN"},
            {"name": BSN, "code": "unknown", "reason": BSN},
        ],
    }
    started = registry(lambda asked: Reply(problem, status, {"Content-Type": "application/problem+json"}))
    with pytest.raises(RegistryRefused) as refused:
        ask(connected(started, password=SECRET), Question(f"personen/{BSN}", {"bsn": BSN}))
    assert len(started.asked) == 1
    assert str(refused.value) == (
        f"register: /personen/…: HTTP {status} Een of meerdere parameters zijn niet correct (…)."
        " [paramsValidation]: burgerservicenummer[0] (pattern), …"
    )
    clean(refused.value)
    assert BSN not in logged().replace(f"/personen/{BSN}", "") and SECRET not in logged()
    assert refused.value.__context__ is None


@pytest.mark.parametrize("reply", [*PASSING.values(), Reply(status=500)], ids=[*PASSING, "500"])
def test_no_failure_and_no_log_line_tells_what_was_asked_or_with_what_secret(
    registry: Start, reply: Reply, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    started = registry(lambda asked: reply)
    with pytest.raises(RegistryFailed) as failed:
        ask(connected(started, password=SECRET), Question("personen", {"bsn": BSN}, {"bsn": BSN}))
    clean(failed.value)
    assert BSN not in logged() and SECRET not in logged()
    if not reply.reset:
        assert "/personen?…" in logged(), "the libraries do log what is asked, without its query"


def test_a_redirect_is_not_followed(registry: Start) -> None:
    other = registry(first())
    started = registry(lambda asked: Reply(status=302, headers={"Location": other.url}))
    with pytest.raises(RegistryFailed, match="HTTP 302"):
        ask(connected(started, password=SECRET))
    assert other.asked == []


# ── links ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "link", ["{url}/api/v2/things?page=2", "/api/v2/things?page=2", "?page=2", "things?page=2", "./things?page=2"]
)
def test_a_link_is_whole_or_relative_to_what_was_asked(registry: Start, link: str) -> None:
    started = registry(lambda asked: Reply({"next": link.format(url=started.url) if asked.number == 1 else None}))
    question = Question("things", {"size": 100})
    with http.Session(connected(started, "/api/v2/"), Api()) as session:
        following = session.ask(question, lambda answer: answer.link("next", question))
        assert following is not None
        assert session.ask(following, lambda answer: answer.link("next", following)) is None
    assert (started.asked[1].path, started.asked[1].params) == ("/api/v2/things", {"page": "2"})


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/api/v2/things",
        "//elsewhere.example/api/v2/things",
        "{url}.elsewhere.example/api/v2/things",
        "http://me@127.0.0.1/api/v2/things",
        "{url}/api/v1/things",
        "{url}/api/v22/things",
        "/beheer",
        "../v1/things",
        "{url}/api/v2/../v1/things",
        "{url}/api/v2/%2e%2e/v1/things",
        "{url}/api/v2/..%2fv1/things",
        "{url}/api/v2/..\\v1/things",
        "file:///etc/passwd",
    ],
)
def test_a_link_that_leaves_the_registrys_own_address_is_not_followed(registry: Start, link: str) -> None:
    started = registry(lambda asked: Reply({"next": link.format(url=started.url)}))
    question = Question("things")
    with http.Session(connected(started, "/api/v2", password=SECRET), Api()) as session:
        following = session.ask(question, lambda answer: answer.link("next", question))
        assert following is not None
        with pytest.raises(RegistryFailed, match=r"leaves the registry's own address, http://127\.0\.0\.1"):
            session.ask(following, content)
    assert len(started.asked) == 1


def test_a_link_to_the_page_itself_is_no_next_page(registry: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    started = registry(lambda asked: Reply({"next": "?page=1"}))
    question = Question("things", {"page": 1})
    with (
        http.Session(connected(started), Api()) as session,
        pytest.raises(RegistryFailed, match="leads to the page that it is on"),
    ):
        session.ask(question, lambda answer: answer.link("next", question))


@pytest.mark.parametrize("key", ["../beheer", "%2e%2e/beheer", "a/../../beheer"])
def test_a_key_can_not_climb_out_of_the_registrys_address(registry: Start, key: str) -> None:
    started = registry(first())
    with pytest.raises(RegistryFailed, match="leaves the registry's own address"):
        ask(connected(started, "/api"), Question(f"things/{key}"))
    assert started.asked == []


# ── the environment ───────────────────────────────────────────────────────────────────────────────────────


def test_no_credentials_come_from_a_netrc_file(
    registry: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    started = registry(first())
    ask(connected(started), api=Api(auth=http.Nobody()))
    with http.session() as session:
        session.get(started.url)
    assert [asked.headers.get("Authorization") for asked in started.asked] == [None, None]


def test_a_proxy_comes_from_the_environment_and_gets_its_own_credentials(
    registry: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = registry(first())
    monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//me:proxy-secret@"))
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:proxy-secret@"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert ask(Connection("register", "http://registry.example/api", password=SECRET)) == [{"fine": True}]
    told = proxy.asked[0].headers
    assert (told["Host"], told["X-Api-Key"]) == ("registry.example", SECRET)
    assert "Authorization" not in told and "Proxy-Authorization" in told


def test_credentials_without_tls_beyond_this_machine_are_warned_of(
    registry: Start, caplog: pytest.LogCaptureFixture
) -> None:
    http.Session(connected(registry(first()), password=SECRET), Api()).__exit__()
    http.Session(Connection("open", "http://registry.example"), Api()).__exit__()
    assert caplog.text == ""
    http.Session(Connection("bare", "http://registry.example", password=SECRET), Api()).__exit__()
    assert "connection bare: http:// shows its credentials" in caplog.text
    assert SECRET not in caplog.text


# ── the connection's own words ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"auht": SECRET}, "extra.auht"),
        ({"auth": SECRET}, "extra.auth"),
        ({"rate": SECRET}, "extra.rate"),
        ({"rate": "0/1"}, "extra.rate"),
        ({"at_once": SECRET}, "extra.at_once"),
        ({"at_once": 0}, "extra.at_once"),
        ({"headers": SECRET}, "extra.headers"),
        ({"verify": False}, "extra.verify"),
        ({"token_url": SECRET}, "extra.token_url"),
    ],
)
def test_a_word_that_is_wrong_is_refused_by_its_name_and_without_its_value(
    registry: Start, extra: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput, match="connection register") as refused:
        ask(connected(registry(first()), extra=extra))
    assert refused.value.field == field
    clean(refused.value)


def test_the_connection_says_how_many_questions_are_asked_at_once(registry: Start) -> None:
    started = registry(first())
    with http.Session(connected(started, extra={"at_once": "3"}), Api(at_once=8)) as session:
        assert (session.at_once, session.pool._max_workers) == (3, 3)


def test_several_threads_may_ask_in_one_session(registry: Start) -> None:
    started = registry(lambda asked: Reply({"of": asked.path}))
    with http.Session(connected(started), Api()) as session, ThreadPoolExecutor(16) as more:
        found = list(more.map(lambda n: session.ask(Question(f"t/{n}"), content)["of"], range(200)))
    assert found == [f"/t/{number}" for number in range(200)]


# ── sessions for files ────────────────────────────────────────────────────────────────────────────────────


def test_a_session_for_files_sends_a_file_anew_from_where_it_began(registry: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"head body")
    started = registry(first(Reply(status=503), Reply(reset=True)))
    with http.session() as session, (tmp_path / "file").open("rb") as file:
        file.seek(5)
        assert session.put(started.url, data=file).status_code == 200
    assert [asked.body for asked in started.asked] == [b"body"] * 3


def test_a_session_for_files_gives_the_last_answer_and_its_errors_hold_no_url(
    registry: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    started = registry(lambda asked: Reply(status=503))
    with http.session() as session:
        assert session.get(started.url).status_code == 503
    started.stop()
    with http.session() as session, pytest.raises(http.requests.ConnectionError) as failed:
        session.get(f"{started.url}/?sleutel={SECRET}")
    clean(failed.value)
