#!/usr/bin/env python3
"""Writes offsets.txt: the offsets of every Windows zone from 2024 to 2028, by an implementation other than ours.

Python's zoneinfo reads the zones from the IANA database (package tzdata), and Unicode's table (package tzlocal) translates the names. A line
is a name, a tab, the minutes from UTC at the beginning of 2024, and every change: its instant in UTC and the minutes from then on.

    pip install tzdata==2026.6 tzlocal==5.4.5 && ./offsets.py > offsets.txt
"""

import re
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

from tzlocal.windows_tz import win_tz

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
END = datetime(2029, 1, 1, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def minutes(zone, at):
    return int(at.astimezone(zone).utcoffset() / MINUTE)


def changes(zone):
    """The instants at which the offset changes, to the minute."""
    at = START
    while at < END:
        later = at + timedelta(hours=6)
        if minutes(zone, at) != minutes(zone, later):
            before, after = at, later
            while after - before > MINUTE:
                middle = before + ((after - before) // 2 // MINUTE) * MINUTE
                if minutes(zone, middle) == minutes(zone, before):
                    before = middle
                else:
                    after = middle
            yield after
        at = later


def main():
    # The package's database and not the machine's, so that the result does not depend on where this runs.
    reset_tzpath([])
    # Which names there are is ours to say; what they mean is not.
    ours = Path(__file__).parent.parent.joinpath("windows_zone.rs").read_text()
    for name in sorted(re.findall(r'\("([^"]+)", "[^"]+"\)', ours), key=str.lower):
        zone = ZoneInfo(win_tz[name])
        written = [f"{at:%Y-%m-%dT%H:%M}={minutes(zone, at)}" for at in changes(zone)]
        sys.stdout.write(name + "\t" + " ".join([str(minutes(zone, START)), *written]) + "\n")


main()
