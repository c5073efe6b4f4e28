"""The contract of ``api.authentication.Authenticator``, which every implementation passes: one local user, and many in memory.

Whoever somebody is, the jobs of others are not there for them: no method answers, changes or shows one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from api.client import CHROMIUM, FIREFOX
from clipferry.api.authentication import (
    Authenticator,
    BearerToken,
    Credential,
    ExtensionOrigin,
    LocalAuthenticator,
    SocketPeer,
)
from clipferry.api.tokens import SESSION_LIVES_S, Sessions
from clipferry.clip.errors import ClipError
from clipferry.jobs.job import LOCAL_OWNER
from clipferry.permissions import Principal
from clipferry.protocol.jobs import Job
from clipferry.protocol.methods import METHODS

from .desk import URL, Desk
from .memory_authenticator import MemoryAuthenticator

MISSING = "0" * 26
OTHER = Principal("somebody else", "person", "test")
TITLE = "A title that nobody else may see"


@dataclass
class Users:
    """An authenticator, what it accepts, and whose that is."""

    authenticator: Authenticator
    valid: Mapping[Credential, tuple[str, str]]
    """Owner and rights."""
    invalid: tuple[Credential, ...] = ()


def local() -> Users:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    ended = sessions.redeem(sessions.new_code(LOCAL_OWNER))
    now[0] += SESSION_LIVES_S
    session = sessions.redeem(sessions.new_code(LOCAL_OWNER))
    unspent, ticket = sessions.new_code(LOCAL_OWNER), sessions.new_ticket(LOCAL_OWNER, MISSING)
    assert session is not None and ended is not None
    valid: dict[Credential, tuple[str, str]] = {
        SocketPeer(): (LOCAL_OWNER, "person"),
        BearerToken(sessions.token): (LOCAL_OWNER, "person"),
        BearerToken(session): (LOCAL_OWNER, "person"),
        ExtensionOrigin(CHROMIUM): (LOCAL_OWNER, "page"),
        ExtensionOrigin(FIREFOX): (LOCAL_OWNER, "page"),
    }
    return Users(LocalAuthenticator(sessions), valid, tuple(BearerToken(token) for token in (ended, unspent, ticket)))


def memory() -> Users:
    users = MemoryAuthenticator({"token of ann": "ann", "token of bob": "bob"}, {CHROMIUM: "bob"})
    valid: dict[Credential, tuple[str, str]] = {
        BearerToken("token of ann"): ("ann", "person"),
        BearerToken("token of bob"): ("bob", "person"),
        ExtensionOrigin(CHROMIUM): ("bob", "page"),
    }
    return Users(users, valid, (SocketPeer(), ExtensionOrigin(FIREFOX), BearerToken("ann")))


@pytest.fixture(params=[local, memory], ids=lambda made: made.__name__)
def users(request: pytest.FixtureRequest) -> Users:
    make: Callable[[], Users] = request.param
    return make()


def test_every_valid_credential_is_one_principal(users: Users) -> None:
    for credential, owner_and_rights in users.valid.items():
        found = users.authenticator.authenticate(credential)
        assert found is not None
        assert (found.owner, found.rights) == owner_and_rights
        assert users.authenticator.authenticate(credential) == found


WORDS = ("", " ", "x", "\0", "\ud800", "ü", "*", "local", "ann\n", "null")


def test_anything_else_is_nobody(users: Users) -> None:
    near = [
        type(one)(word)
        for one in users.valid
        if isinstance(one, BearerToken | ExtensionOrigin)
        for text in [one.token if isinstance(one, BearerToken) else one.origin]
        for word in (text[:-1], text + "x", f" {text}", text.swapcase(), text + "\0")
    ]
    for credential in (*users.invalid, *near, *map(BearerToken, WORDS), *map(ExtensionOrigin, WORDS)):
        assert users.authenticator.authenticate(credential) is None, credential


def test_an_extension_has_a_pages_rights_and_no_more(users: Users) -> None:
    for credential, (_, rights) in users.valid.items():
        assert (rights == "page") == isinstance(credential, ExtensionOrigin)


# Jobs of others -------------------------------------------------------------------------------------------------------

VALID: dict[str, dict[str, object]] = {
    "hello": {"client": "script", "version": "1"},
    "clip.create": {"url": URL, "title": TITLE},
    "job.pin": {"pinned": True},
    "job.remove": {"delete_file": True},
}


def job_fields(method: str) -> list[str]:
    """The parameters of ``method`` that are the id of a job."""
    schema = METHODS[method].params.model_json_schema()
    return [name for name, field in schema.get("properties", {}).items() if "ULID" in json.dumps(field)]


def shows_jobs(method: str) -> bool:
    return Job.__name__ in json.dumps(METHODS[method].result.model_json_schema())


NAMED = [(method, field) for method in METHODS for field in job_fields(method)]
SHOWN = [method for method in METHODS if shows_jobs(method) and not job_fields(method)] + ["hello"]


@pytest.mark.parametrize("state", ["queued", "done"])
@pytest.mark.parametrize(("method", "field"), NAMED, ids=str)
async def test_a_job_of_somebody_else_is_answered_like_one_that_does_not_exist(
    desk: Desk, users: Users, method: str, field: str, state: str
) -> None:
    foreign = (await desk.create(OTHER)).file_id
    path = await desk.finish(foreign) if state == "done" else None
    before = await desk.store.get(foreign)
    for principal in principals(users):
        own = await desk.create(principal)
        answers = [
            await answer(desk, principal, method, {**dict.fromkeys(job_fields(method), own.file_id), field: asked})
            for asked in (foreign, MISSING)
        ]
        assert answers[0] == answers[1]
        assert isinstance(answers[0], tuple) or field == "cursor", "an error; a cursor is a place between jobs"
    assert await desk.store.get(foreign) == before
    assert path is None or path.exists()


@pytest.mark.parametrize("method", SHOWN)
async def test_no_answer_shows_a_job_of_somebody_else(desk: Desk, users: Users, method: str) -> None:
    foreign = await desk.create(OTHER, title=TITLE)
    await desk.finish(foreign.file_id)
    empty = await answer(desk, Principal("nobody", "person", "test"), method, {})
    for principal in principals(users):
        shown = await answer(desk, principal, method, {})
        assert foreign.file_id not in json.dumps(shown)
        if method != "clip.create" and (METHODS[method].page or principal.rights == "person"):
            assert shown == empty


async def test_the_same_clip_of_somebody_else_is_not_joined(desk: Desk, users: Users) -> None:
    foreign = await desk.create(OTHER)
    for owner in {owner for owner, _ in users.valid.values()}:
        own = await desk.create(Principal(owner, "person", "test"))
        assert (own.created, own.file_id == foreign.file_id) == (True, False)


async def test_the_file_of_somebody_elses_clip_is_not_found(desk: Desk, users: Users) -> None:
    foreign = (await desk.create(OTHER)).file_id
    await desk.finish(foreign)
    for principal in principals(users):
        for file_id in (foreign, MISSING):
            with pytest.raises(ClipError) as caught:
                await desk.service.clip(file_id, principal)
            assert caught.value.code == "job_not_found"


async def test_events_of_somebody_elses_jobs_are_not_sent(desk: Desk, users: Users) -> None:
    foreign = (await desk.create(OTHER)).file_id
    for principal in principals(users):
        person = Principal(principal.owner, "person", "test")
        with desk.service.subscribe(principal) as events:
            await desk.ask("job.pin", OTHER, file_id=foreign, pinned=True)
            await desk.ask("job.seen", OTHER, file_id=foreign)
            removed = (await desk.create(OTHER, start_time=1)).file_id
            await desk.ask("job.remove", OTHER, file_id=removed)
            own = (await desk.create(person)).file_id
            await desk.ask("job.pin", person, file_id=own, pinned=True)
            event = await anext(events)
            assert isinstance(event.data, Job)
            assert event.data.file_id == own


def principals(users: Users) -> list[Principal]:
    found = [users.authenticator.authenticate(credential) for credential in users.valid]
    return [one for one in found if one is not None]


async def answer(desk: Desk, principal: Principal, method: str, params: dict[str, Any]) -> object:
    """The result as JSON, or all that a client is told of an error."""
    try:
        result = await desk.ask(method, principal, **{**VALID.get(method, {}), **params})
    except ClipError as error:
        return error.code, error.sentence, error.hint
    return result.model_dump(mode="json")
