"""Reads room calendars with third-party Python clients of Microsoft Graph, in the way that their own documentation recommends.

    read.py --client msgraph-sdk|o365 [--version]

Each line of standard input is a request. Each is answered with one line, until the input ends:

    {"id":1,"what":"calendar","graph":"http://127.0.0.1:PORT/v1.0","token":"…","room":"conf-a@contoso.com",
     "from":"2026-03-09T00:00:00Z","to":"2026-03-16T00:00:00Z"}
    {"id":1,"items":[{"subject":"Budget","start":"2026-03-10T10:00:00Z","end":"2026-03-10T11:00:00Z"}]}

`what` is `calendar` (the room's view of the window, all pages), `delta` (the same by change tracking: each item with its "type", without
removed items), `rooms` (all rooms of the tenant) or `rooms-of` (those of "list"); items of the last two are {"address": …}. "top" is the
page size; the default is 500 for events and the service's own for rooms. If the client fails, the answer is {"id":1,"error":"one line"};
after 20 s, or "limit" seconds, the error is "gave up after 20 s". For a function that the client lacks, it is "not offered: …".

This program corrects nothing and omits nothing: the client itself sends, pages and repeats requests, with its defaults. Instants are those
that a user of the client gets: the value in the zone given with it. Each request contains its token, so this does not show how a client
handles a token that expires. read.mjs does the same in JavaScript.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from zoneinfo import ZoneInfo

SELECT = ["subject", "start", "end", "isAllDay", "isCancelled", "sensitivity", "showAs"]


class GaveUp(BaseException):
    """The time for a request is over. Not an Exception, so that no client takes it for a failure and tries again."""


class NotOffered(Exception):
    """The client has no such function."""


def limit(request):
    """The seconds that a request may take."""
    return request.get("limit", 20)


def written(instant):
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


def in_order(items):
    return sorted(items, key=lambda item: (item.get("start") or "", item.get("subject") or "", item.get("address") or ""))


class MsGraphSdk:
    """msgraph-sdk: models and request builders generated from the schema, a page iterator in msgraph-core.

    After "Page through a collection using the Microsoft Graph SDKs" (learn.microsoft.com/graph/sdks/paging) and "List calendarView",
    "event: delta", "List places" in the reference of Microsoft Graph v1.0, each in its Python form.
    """

    package = "msgraph-sdk"

    def __init__(self):
        # Imported here because each client takes a while to import.
        from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
        from msgraph.generated.places.graph_room.graph_room_request_builder import GraphRoomRequestBuilder
        from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
        from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph import GraphRequestAdapter, GraphServiceClient
        from msgraph_core.tasks.page_iterator import PageIterator

        class Given(AccessTokenProvider):
            def __init__(self, token):
                self.token = token

            async def get_authorization_token(self, uri, additional_authentication_context={}):
                return self.token

            def get_allowed_hosts_validator(self):
                return AllowedHostsValidator([])

        def client(request):
            adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Given(request["token"])))
            adapter.base_url = request["graph"]
            return GraphServiceClient(request_adapter=adapter)

        self.client, self.page_iterator, self.configuration = client, PageIterator, RequestConfiguration
        self.view_query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters
        self.delta_query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters
        self.rooms_query = GraphRoomRequestBuilder.GraphRoomRequestBuilderGetQueryParameters

        self.prepare()

    def prepare(self):
        """Makes the client import its thousand modules, which it does at first use and which may take longer than a request is allowed."""
        from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
        from msgraph.generated.models.event_collection_response import EventCollectionResponse
        from msgraph.generated.models.o_data_errors.o_data_error import ODataError
        from msgraph.generated.models.room_collection_response import RoomCollectionResponse
        from msgraph.generated.users.item.calendar_view.delta.delta_get_response import DeltaGetResponse

        client = self.client({"graph": "http://127.0.0.1", "token": ""})
        client.users.by_user_id("key").calendar_view.delta
        client.places.graph_room
        client.places.by_place_id("key").graph_room_list.rooms
        for answer in (EventCollectionResponse, DeltaGetResponse, RoomCollectionResponse, ODataError):
            whole = JsonParseNodeFactory().get_root_parse_node("application/json", b'{"value":[{}],"error":{}}')
            whole.get_object_value(answer)

    def read(self, request):
        async def limited():
            try:
                return await asyncio.wait_for(getattr(self, request["what"].replace("-", "_"))(request), limit(request))
            except asyncio.TimeoutError:
                raise GaveUp from None

        return asyncio.run(limited())

    async def all_of(self, client, page, headers=None):
        items = []

        def take(item):
            items.append(item)
            return True

        iterator = self.page_iterator(page, client.request_adapter)
        for name, value in (headers or {}).items():
            # Its set_headers() fails for any argument in this version.
            iterator.headers.add(name, value)
        await iterator.iterate(take)
        return items

    async def calendar(self, request):
        client = self.client(request)
        query = self.view_query(
            start_date_time=request["from"], end_date_time=request["to"], select=SELECT, top=request.get("top", 500)
        )
        page = await client.users.by_user_id(request["room"]).calendar_view.get(self.configuration(query_parameters=query))
        return [self.item(event) for event in await self.all_of(client, page)]

    async def delta(self, request):
        client = self.client(request)
        query = self.delta_query(start_date_time=request["from"], end_date_time=request["to"])
        size = f"odata.maxpagesize={request.get('top', 500)}"
        configuration = self.configuration(query_parameters=query)
        configuration.headers.add("Prefer", size)
        page = await client.users.by_user_id(request["room"]).calendar_view.delta.get(configuration)
        # According to its documentation, the iterator repeats the headers of the first request only if it is given them.
        events = await self.all_of(client, page, {"Prefer": size})
        found = [event for event in events if "@removed" not in event.additional_data]
        return [{**self.item(event), "type": event.type and event.type.value} for event in found]

    async def rooms(self, request):
        client = self.client(request)
        configuration = self.configuration(query_parameters=self.rooms_query(top=request["top"])) if "top" in request else None
        page = await client.places.graph_room.get(configuration)
        return [{"address": room.email_address} for room in await self.all_of(client, page)]

    async def rooms_of(self, request):
        client = self.client(request)
        page = await client.places.by_place_id(request["list"]).graph_room_list.rooms.get()
        return [{"address": room.email_address} for room in await self.all_of(client, page)]

    @staticmethod
    def item(event):
        def instant(value):
            if value is None:
                return None
            at = datetime.fromisoformat(value.date_time)
            return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(value.time_zone or "UTC"))

        return {"subject": event.subject, "start": written(instant(event.start)), "end": written(instant(event.end))}


class O365:
    """O365, the client that most programs in Python use.

    After "Calendar" and "Utils" (pagination, query) of its documentation, o365.github.io/python-o365. It supports neither places nor change
    tracking of calendars.
    """

    package = "O365"

    def __init__(self):
        from O365 import Account, MSGraphProtocol
        from O365.utils.token import MemoryTokenBackend

        def account(request):
            address, _, api_version = request["graph"].rstrip("/").rpartition("/")

            class Here(MSGraphProtocol):
                _protocol_url = f"{address}/"

            protocol = Here(api_version=api_version, timezone="UTC")
            # With limit=None, a page has as many items as the protocol allows.
            protocol.max_top_value = request.get("top", 500)
            # Put the token where the client keeps those that it fetched itself.
            tokens = MemoryTokenBackend()
            issued = {"token_type": "Bearer", "expires_in": 3600, "access_token": request["token"]}
            tokens.add({"client_id": "client", "scope": protocol.get_scopes_for(".default"), "response": issued})
            return Account(
                ("client", "secret"),
                auth_flow_type="credentials",
                tenant_id="contoso.com",
                protocol=protocol,
                main_resource=request["room"],
                token_backend=tokens,
            )

        self.account = account

    def read(self, request):
        if request["what"] != "calendar":
            raise NotOffered(f"O365 has nothing for {request['what']}")

        def over(*_):
            raise GaveUp

        signal.signal(signal.SIGALRM, over)
        signal.setitimer(signal.ITIMER_REAL, limit(request))
        try:
            return self.calendar(request)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def calendar(self, request):
        calendar = self.account(request).schedule().get_default_calendar()
        events = calendar.get_events(
            limit=None,
            query=calendar.new_query().select(*SELECT),
            include_recurring=True,
            start_recurring=datetime.fromisoformat(request["from"]),
            end_recurring=datetime.fromisoformat(request["to"]),
        )
        return [{"subject": event.subject, "start": written(event.start), "end": written(event.end)} for event in events]


CLIENTS = {"msgraph-sdk": MsGraphSdk, "o365": O365}


def answer(client, request):
    try:
        return {"id": request["id"], "items": in_order(client.read(request))}
    except GaveUp:
        problem = f"gave up after {limit(request)} s"
    except NotOffered as error:
        problem = f"not offered: {error}"
    except Exception as error:
        problem = " ".join(f"{type(error).__name__}: {error}".split())
    return {"id": request["id"], "error": problem}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--client", choices=CLIENTS, required=True)
    arguments.add_argument("--version", action="store_true")
    arguments = arguments.parse_args()
    # The answers contain what a client logs.
    logging.getLogger().addHandler(logging.NullHandler())
    kind = CLIENTS[arguments.client]
    if arguments.version:
        print(kind.package, version(kind.package))
        return
    client = kind()
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(answer(client, json.loads(line)), ensure_ascii=False), flush=True)


main()
