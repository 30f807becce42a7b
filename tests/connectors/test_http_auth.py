"""The ways in at a registry: what it gets to see, how long it lasts, and what happens where it is not taken."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

from connectors import http
from connectors.http import Auth, Question
from tests.connectors.registry import Api, Asked, Registry, Reply, ask, connected, content
from vlekkeloos.errors import BadInput, RegistryFailed, RegistryRefused

Start = Callable[..., Registry]
SECRET = "geheim-van-meer-dan-tweeendertig-tekens"
FINE = Reply({"fine": True})


def shown(registry: Start, auth: Auth, **connection: Any) -> dict[str, str]:
    """The headers that a registry got to see."""
    started = registry(lambda asked: FINE)
    ask(connected(started, **connection), api=Api(auth=auth))
    return started.asked[0].headers


def basic(headers: dict[str, str]) -> str:
    """Login and password in a basic Authorization header."""
    return base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()


def test_an_api_key_stands_in_the_header_of_the_registrys_contract(registry: Start) -> None:
    assert shown(registry, http.ApiKey("apikey"), password=SECRET)["apikey"] == SECRET
    assert "X-Api-Key" not in shown(registry, http.ApiKey("X-Api-Key"))


def test_a_connection_may_say_another_way_in_or_another_header(registry: Start) -> None:
    declared, key = http.ApiKey("X-Api-Key"), {"password": SECRET}
    assert shown(registry, declared, extra={"header": "X-Gateway"}, **key)["X-Gateway"] == SECRET
    assert shown(registry, declared, extra={"auth": "bearer"}, **key)["Authorization"] == f"Bearer {SECRET}"
    assert basic(shown(registry, declared, login="mé", extra={"auth": "basic"}, **key)) == f"mé:{SECRET}"
    assert shown(registry, http.ApiKey("apikey"), extra={"auth": "api_key"}, **key)["apikey"] == SECRET
    assert shown(registry, http.Zgw(), extra={"auth": "api_key"}, **key)["X-Api-Key"] == SECRET
    open_to_all = shown(registry, declared, extra={"auth": "none"}, **key)
    assert SECRET not in str(open_to_all)


@pytest.mark.parametrize("password", [f"{SECRET}\n", f"{SECRET}\r\nX-More: 1", f"{SECRET}é"])
@pytest.mark.parametrize("auth", [http.ApiKey("X-Api-Key"), http.Bearer()])
def test_a_password_that_no_header_can_hold_is_refused_before_a_library_quotes_it(
    registry: Start, password: str, auth: Auth
) -> None:
    started = registry(lambda asked: FINE)
    with pytest.raises(BadInput, match="connection register, field password: it has a line break") as refused:
        ask(connected(started, password=password), api=Api(auth=auth))
    assert SECRET not in str(refused.value)
    assert started.asked == []


def test_a_key_that_the_registry_does_not_know_is_a_refusal_soon(
    registry: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    started = registry(lambda asked: Reply({"title": "Niet correct geauthenticeerd"}, 401))
    with pytest.raises(RegistryRefused, match="HTTP 401 Niet correct geauthenticeerd") as refused:
        ask(connected(started, password=SECRET))
    assert SECRET not in str(refused.value)
    assert len(started.asked) == http.UNKNOWN_TRIES


def test_a_401_of_a_registry_that_let_us_in_before_passes(registry: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    started = registry(lambda asked: Reply(status=401) if 1 < asked.number < http.TRIES else FINE)
    assert ask(connected(started, password=SECRET), *[Question("things")] * 2) == [{"fine": True}] * 2


# ── ZGW ───────────────────────────────────────────────────────────────────────────────────────────────────


def claims(headers: dict[str, str]) -> dict[str, Any]:
    """The claims of the JWT in a request, if its signature is right."""
    token = headers["Authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    found: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["iss", "iat"]})
    return found


def test_a_zgw_token_is_signed_and_says_who_asks(registry: Start) -> None:
    extra = {"user_id": "vlekkeloos", "user_representation": "Gegevensuitwisseling"}
    said = claims(shown(registry, http.Zgw(), login="client", password=SECRET, extra=extra))
    assert time.time() - 60 < said.pop("iat") <= time.time()
    assert said == {"iss": "client", "client_id": "client", **extra}
    said = claims(shown(registry, http.Zgw(), login="client", password=SECRET))
    assert (said["user_id"], said["user_representation"]) == ("client", "client")


def test_a_zgw_token_is_renewed_before_it_is_old_and_when_it_is_refused(
    registry: Start, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    started = registry(lambda asked: Reply(status=401) if asked.number == 4 else FINE)
    with http.Session(connected(started, login="client", password=SECRET), Api(auth=http.Zgw())) as session:
        for seconds in (0.0, 100.0, 500.0, 0.0):
            clock[0] += seconds
            session.ask(Question("things"), content)
    issued = [claims(asked.headers)["iat"] for asked in started.asked]
    assert [at - issued[0] for at in issued] == [0, 0, 600, 600, 600]


@pytest.mark.parametrize("missing", ["login", "password"])
def test_a_zgw_connection_needs_a_client_and_its_secret(registry: Start, missing: str) -> None:
    said = {"login": "client", "password": SECRET} | {missing: None}
    with pytest.raises(BadInput, match=missing):
        shown(registry, http.Zgw(), **said)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the ways in believe have passed; a test moves them on."""
    passed, began = [0.0], time.time()
    told = SimpleNamespace(monotonic=lambda: passed[0], time=lambda: began + passed[0])
    monkeypatch.setattr("connectors._auth.time", told)
    # PyJWT on the server's side judges by the real clock, and here time may run ahead of it
    monkeypatch.setattr(jwt.PyJWT, "_validate_iat", lambda *_: None)
    return passed


# ── OAuth 2 ───────────────────────────────────────────────────────────────────────────────────────────────


class Issuer:
    """Answers at /token with tokens, and elsewhere only who shows the newest one."""

    def __init__(self, seconds: int | None = 300) -> None:
        self.given, self.lasting, self.then = list[str](), seconds, list[Reply]()

    def __call__(self, asked: Asked) -> Reply:
        if asked.path != "/token":
            known = bool(self.given) and asked.headers.get("Authorization") == f"Bearer {self.given[-1]}"
            return FINE if known else Reply({"title": "Unauthorized"}, 401)
        if self.then:
            return self.then.pop(0)
        if basic(asked.headers) != f"client:{SECRET}":
            return Reply({"error": "invalid_client", "error_description": f"not {SECRET}"}, 401)
        assert parse_qs(asked.body.decode())["grant_type"] == ["client_credentials"]
        self.given.append(f"token-{len(self.given) + 1}")
        lasting = {} if self.lasting is None else {"expires_in": self.lasting}
        return Reply({"access_token": self.given[-1], "token_type": "Bearer", "scope": "less", **lasting})


def oauth(started: Registry, password: str = SECRET, **extra: str) -> Any:
    """A connection to it."""
    said = {"auth": "oauth2", "token_url": f"{started.url}/token", **extra}
    return connected(started, "/api", login="client", password=password, extra=said)


def test_a_token_is_asked_once_for_the_scope_and_used_for_all_questions(registry: Start) -> None:
    issuer = Issuer()
    started = registry(issuer)
    ask(oauth(started, scope="personen lezen"), *[Question("things")] * 5)
    assert [asked.path for asked in started.asked] == ["/token", *["/api/things"] * 5]
    form = parse_qs(started.asked[0].body.decode())
    assert form == {"grant_type": ["client_credentials"], "scope": ["personen lezen"]}


def test_threads_that_begin_together_ask_one_token(registry: Start) -> None:
    issuer = Issuer()
    with http.Session(oauth(registry(issuer)), Api()) as session:
        list(session.pool.map(lambda _: session.ask(Question("things"), content), range(40)))
    assert issuer.given == ["token-1"]


@pytest.mark.parametrize(("lasting", "still", "over"), [(300, 269, 271), (100, 89, 91), (None, 569, 571)])
def test_a_token_is_renewed_before_it_is_over(
    registry: Start, clock: list[float], lasting: int | None, still: int, over: int
) -> None:
    issuer = Issuer(lasting)
    started = registry(issuer)
    with http.Session(oauth(started), Api()) as session:
        for moment, tokens in ((0, 1), (still, 1), (over, 2)):
            clock[0] = moment
            assert session.ask(Question("things"), content) == {"fine": True}
            assert len(issuer.given) == tokens


def test_a_token_that_lapsed_early_is_renewed_once_for_all_threads(registry: Start) -> None:
    issuer, together = Issuer(), Barrier(8)

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("Authorization") == "Bearer token-1" and asked.path != "/token":
            # all threads show the token of before, and are refused together
            together.wait(60)
            return Reply(status=401)
        return issuer(asked)

    with http.Session(oauth(registry(answer)), Api()) as session:
        answers = list(session.pool.map(lambda _: session.ask(Question("things"), content), range(8)))
    assert answers == [{"fine": True}] * 8
    assert issuer.given == ["token-1", "token-2"]


def test_a_client_that_the_issuer_does_not_know_is_refused_with_the_code_and_no_secret(registry: Start) -> None:
    started = registry(Issuer())
    with pytest.raises(
        RegistryRefused, match=r"register: token of http://.*/token: HTTP 401 .*\[invalid_client\]"
    ) as no:
        ask(oauth(started, password=SECRET + "x"))
    assert SECRET not in str(no.value) and no.value.__context__ is None
    assert len(started.asked) == 1


def test_an_issuer_that_fails_in_passing_is_asked_again(registry: Start) -> None:
    issuer = Issuer()
    issuer.then = [Reply(status=503), Reply(reset=True), Reply({"access_token": "x"}, cut=True)]
    assert ask(oauth(registry(issuer))) == [{"fine": True}]


@pytest.mark.parametrize(
    "odd", [Reply({"token": SECRET}), Reply(raw=b"<html>", headers={}), Reply([SECRET]), Reply({"error": "x"})]
)
def test_an_issuer_that_gives_no_token_is_a_failure(registry: Start, odd: Reply) -> None:
    issuer = Issuer()
    issuer.then = [odd]
    with pytest.raises(RegistryFailed, match="the answer is no bearer token") as failed:
        ask(oauth(registry(issuer)))
    assert SECRET not in str(failed.value)


def test_a_new_token_that_is_not_taken_either_is_a_refusal(registry: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    issuer = Issuer()
    started = registry(lambda asked: issuer(asked) if asked.path == "/token" else Reply(status=401))
    with pytest.raises(RegistryRefused, match="register: /api/things: HTTP 401 Unauthorized"):
        ask(oauth(started))
    assert len(issuer.given) == http.UNKNOWN_TRIES


@pytest.mark.parametrize(
    ("extra", "login", "field"), [({}, "client", "extra.token_url"), ({"token_url": "https://x"}, None, "login")]
)
def test_a_connection_for_oauth2_needs_an_address_and_a_client(
    registry: Start, extra: dict[str, str], login: str | None, field: str
) -> None:
    with pytest.raises(BadInput, match=field):
        shown(registry, http.OAuth2(), extra=extra, login=login, password=SECRET)
