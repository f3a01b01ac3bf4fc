"""A complete connector to start from: bookings from an HTTP API with JSON and a bearer token. `../README.md` says how to build it.

It does what `../template` does in Rust. The collector calls each method of `Connector` in an instance of its own, so variables do not survive
from one call to the next.
"""

import json
import traceback
from datetime import datetime
from pathlib import PurePath

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.connector import (
    Check,
    CheckStatus,
    CollectError_Denied,
    Expansion,
    Manifest,
    Outcome,
    Outcome_Complete,
    Outcome_Denied,
    Outcome_Failed,
    Outcome_Missing,
    Outcome_RetryAfter,
    Room,
    RoomOutcome,
    RoomRequest,
    SecretNeed,
)
from wit_world.imports.http import Method, Request, Response, http_fetch
from wit_world.imports.meetings import (
    Meeting,
    Status,
    Subject,
    Subject_None_,
    Subject_Text,
    Subject_Withheld,
    emit_meeting,
)
from wit_world.imports.secrets import Secret, secret_get
from wit_world.imports.types import Reason, Window

# The schema of `[source.settings]`. The collector checks the settings against it before any other call.
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["url", "rooms"],
    "properties": {
        "url": {
            "title": "Address",
            "description": "The address of the bookings API, to which the connector adds a slash and the address of a room.",
            "type": "string",
            "examples": ["https://bookings.example.com/v1"],
        },
        "rooms": {
            "title": "Rooms",
            "description": "The addresses of the rooms.",
            "type": "array",
            "items": {"type": "string"},
            "examples": [["atrium@contoso.com"]],
        },
    },
}


class Connector(exports.Connector):
    def describe(self) -> Manifest:
        return Manifest(
            name="template-python",
            version="0.1.0",
            title="Template in Python",
            description="Collects bookings from an HTTP API with JSON.",
            settings_schema=json.dumps(SCHEMA),
            hosts=[],  # The address is a setting, so the administrator grants its origin.
            secrets=[SecretNeed("bookings", "The API's token, sent as a bearer.", reveal=False)],
            slice_size=20,
        )

    def authorization(self, settings: str) -> None:
        return None  # A fixed token: the collector need not get one.

    async def validate(self, settings: str) -> list[Check]:
        try:
            await token()
        except Err as refusal:
            return [Check("token", CheckStatus.FAILED, because(words(refusal)))]
        return [Check("token", CheckStatus.PASSED, because("there is a token"))]

    async def list_rooms(self, settings: str) -> Expansion:
        return Expansion(rooms=[listed(room) for room in json.loads(settings)["rooms"]], problems=[])

    async def collect(self, settings: str, rooms: list[RoomRequest], window: Window) -> list[RoomOutcome]:
        url = json.loads(settings)["url"]
        try:
            bearer = await token()
        except Err as refusal:
            raise Err(CollectError_Denied(because(words(refusal))))
        return [RoomOutcome(room.address, await outcome(url, bearer, room, window)) for room in rooms]


async def token() -> Secret:
    return await secret_get("bookings")


def listed(address: str) -> Room:
    return Room(address.lower(), key=address, name=address, building=None, capacity=None, lists=[])


async def outcome(url: str, bearer: Secret, room: RoomRequest, window: Window) -> Outcome:
    """The outcome of a room. An answer that cannot be understood fails it, so that it never looks empty."""
    try:
        return await read(url, bearer, room, window)
    except Err as refusal:
        return Outcome_Failed(because(words(refusal)))
    except Exception as error:
        return Outcome_Failed(unexpected(error))


async def read(url: str, bearer: Secret, room: RoomRequest, window: Window) -> Outcome:
    """Emits the bookings of a room."""
    url = f"{url}/{room.key}?from={window.start}&to={window.end}"
    answer = await http_fetch(Request(Method.GET, url, headers=[], body=None, repeatable=True), bearer)
    match answer.status:
        case 200:
            bookings = json.loads(answer.body)
            if not isinstance(bookings, list):
                raise TypeError("no list of bookings")
            for booking in bookings:
                emit(room.address, booking, window)
            return Outcome_Complete(None)  # A promise: this is all that the window holds.
        case 401 | 403:
            return Outcome_Denied(because("the API refuses the token"))
        case 404:
            return Outcome_Missing(because("the API does not know the room"))
        case 429 | 503:
            return Outcome_RetryAfter(seconds_to_wait(answer))
        case status:
            return Outcome_Failed(because(f"the API answers with status {status}"))


def emit(room: str, booking: dict, window: Window) -> None:
    start, end = instant(booking["start"]), instant(booking["end"])
    if start >= window.end or end <= window.start:
        return  # A meeting outside the window would be refused, and fail its room.
    emit_meeting(
        Meeting(
            id=str(booking["id"]),
            room=room,
            series=None,
            subject=subject(booking),
            start=start,
            end=end,
            all_day=False,
            status=Status.CONFIRMED,
        )
    )


def subject(booking: dict) -> Subject:
    if booking.get("private") is not False:
        return Subject_Withheld()  # Not known to be harmless.
    title = booking.get("title")
    return Subject_None_() if title is None else Subject_Text(str(title))


def instant(text: str) -> int:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its offset from UTC")
    return int(at.timestamp())


def seconds_to_wait(answer: Response) -> int:
    for name, value in answer.headers:
        if name == "retry-after" and value.isdecimal():
            return max(1, int(value))
    return 30


def because(message: str) -> Reason:
    return Reason(message, advice=None, code=None)


def words(refusal: Err) -> str:
    """Why the collector refused a call. For a host without a grant, the text contains the configuration line that would grant it."""
    value = refusal.value
    while hasattr(value, "value"):
        value = value.value
    return str(value)


def unexpected(error: Exception) -> Reason:
    """Where something went wrong, in the answer or in this file. Python would write its traceback to standard error, which leads nowhere
    here, so the operator would see only a trap. The exception's own message is left out: it may contain a subject.
    """
    # `traceback.format_exc` and similar functions read the source file, and the sandbox stops a connector that touches a file.
    calls = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    places = ", ".join(f"{PurePath(code.co_filename).name}:{line} in {code.co_name}" for code, line in calls[-8:])
    return because(f"not understood: {type(error).__name__} at {places}")
