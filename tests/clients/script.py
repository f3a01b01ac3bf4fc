"""Collects the calendars of rooms as a short script would, for comparison in `make bench`: it trusts every answer, withholds no more than the
subjects that say that they are private, and forgets what it did if anything fails.

    script.py GRAPH LOGIN FROM TO DATABASE LIST…        (the client secret is in O365_CLIENT_SECRET)

Stores all meetings in SQLite, prints each as a line of JSON, and needs nothing but Python.
"""

import http.client
import json
import os
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

SELECT = "id,subject,start,end,isAllDay,isCancelled,sensitivity"
graph, login, begin, end, database, *lists = sys.argv[1:]
of_thread = threading.local()


def ask(method, url, body=None, headers={}):
    parts = urlsplit(url)
    if not hasattr(of_thread, "connection"):
        of_thread.connection = http.client.HTTPConnection(parts.netloc)
    of_thread.connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
    return json.loads(of_thread.connection.getresponse().read())


def pages(url):
    while url:
        page = ask("GET", url, headers=authorized)
        yield from page["value"]
        url = page.get("@odata.nextLink")


def calendar(room):
    query = urlencode({"startDateTime": begin, "endDateTime": end, "$select": SELECT, "$top": 500}, safe="$,")
    return [
        (room, event["id"], None if event["sensitivity"] == "private" else event["subject"], event["start"]["dateTime"], event["end"]["dateTime"])
        for event in pages(f"{graph}/users/{room}/calendarView?{query}")
    ]


application = {"client_id": "11111111-2222-3333-4444-555555555555", "client_secret": os.environ["O365_CLIENT_SECRET"]}
form = urlencode({**application, "grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"})
token = ask("POST", f"{login}/contoso.com/oauth2/v2.0/token", form, {"content-type": "application/x-www-form-urlencoded"})
authorized = {"authorization": f"Bearer {token['access_token']}"}
rooms = {room["emailAddress"] for name in lists for room in pages(f"{graph}/places/{name}/microsoft.graph.roomlist/rooms")}
store = sqlite3.connect(database)
store.execute("CREATE TABLE IF NOT EXISTS meeting (room TEXT, id TEXT, subject TEXT, start TEXT, end TEXT, PRIMARY KEY (room, id))")
with ThreadPoolExecutor(4) as threads:
    for meetings in threads.map(calendar, sorted(rooms)):
        store.executemany("INSERT OR REPLACE INTO meeting VALUES (?, ?, ?, ?, ?)", meetings)
        store.commit()
        sys.stdout.writelines(f"{json.dumps(meeting)}\n" for meeting in meetings)
