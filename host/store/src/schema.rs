//! The store's tables and their migrations, applied in order when the store is opened. A released migration never changes; new ones are
//! added.

use std::sync::LazyLock;

use rusqlite_migration::{M, Migrations};

use super::{accounts, api_tokens, closed, indexes, meeting_rows, weekly};

const STEPS: &[M<'static>] = &[M::up(
    "
    CREATE TABLE room (
        number   INTEGER PRIMARY KEY,
        source   TEXT NOT NULL,
        address  TEXT NOT NULL,              -- lower case
        name     TEXT NOT NULL,
        building TEXT,
        capacity INTEGER,
        lists    TEXT NOT NULL,              -- a JSON array of room list addresses
        listed   INTEGER NOT NULL,           -- 1: found by the last expansion, or kept since its list could not be read
        cursor   TEXT,
        UNIQUE (source, address)
    ) STRICT;
    CREATE TABLE meeting (
        room     INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        id       TEXT NOT NULL,
        series   TEXT,
        subject  TEXT,                       -- null: none, or withheld
        withheld INTEGER NOT NULL,           -- 1: not to be shown
        start_at INTEGER NOT NULL,           -- UTC seconds
        end_at   INTEGER NOT NULL,
        all_day  INTEGER NOT NULL,
        status   INTEGER NOT NULL,           -- 0 confirmed, 1 tentative, 2 cancelled
        PRIMARY KEY (room, id)
    ) STRICT, WITHOUT ROWID;
    ",
), M::up(
    "
    ALTER TABLE room ADD COLUMN outcome TEXT;        -- of the last pass: collected, denied, missing, throttled, failed
    ALTER TABLE room ADD COLUMN cause TEXT;          -- why it was not collected
    ALTER TABLE room ADD COLUMN outcome_at INTEGER;  -- UTC seconds: since when it is so

    CREATE TABLE store (id TEXT NOT NULL) STRICT;    -- one row: what tells this store from every other
    INSERT INTO store VALUES (lower(hex(randomblob(16))));

    -- Each change of a meeting, written in the transaction that stores the change, until every sink has it.
    CREATE TABLE outbox (
        number   INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice
        sink     TEXT,                       -- null: for all; otherwise what a new sink is filled with
        kind     INTEGER NOT NULL,           -- 0 added, 1 updated, 2 removed
        at       INTEGER NOT NULL,           -- UTC seconds
        room     INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        id       TEXT NOT NULL,
        series   TEXT,
        subject  TEXT,
        withheld INTEGER NOT NULL,
        start_at INTEGER NOT NULL,
        end_at   INTEGER NOT NULL,
        all_day  INTEGER NOT NULL,
        status   INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX outbox_meeting ON outbox (room, id);
    CREATE TABLE sink (
        name      TEXT PRIMARY KEY,
        delivered INTEGER NOT NULL,          -- the number up to which it has everything
        offered   INTEGER NOT NULL,          -- the number up to which it may have something
        success_at INTEGER,                  -- UTC seconds of the last delivery
        failing_since INTEGER,               -- UTC seconds of the first of the failures in a row
        problem   TEXT                       -- the last of them
    ) STRICT;

    -- The last pass of each source.
    CREATE TABLE pass (
        source     TEXT PRIMARY KEY,
        begun_at   INTEGER NOT NULL,
        ended_at   INTEGER NOT NULL,
        verdict    TEXT NOT NULL,            -- everything, part, nothing, failed
        problem    TEXT,
        success_at INTEGER,                  -- the end of the last pass that was not nothing or failed
        connector  TEXT NOT NULL,
        version    TEXT NOT NULL,
        digest     TEXT NOT NULL,
        collected  INTEGER NOT NULL,
        denied     INTEGER NOT NULL,
        missing    INTEGER NOT NULL,
        throttled  INTEGER NOT NULL,
        failed     INTEGER NOT NULL
    ) STRICT;

    -- The connectors of the plugin directory as the service knows them.
    CREATE TABLE connector (
        name     TEXT PRIMARY KEY,
        file     TEXT,                       -- the digest of what is in the plugin directory; null: nothing, or not read
        current  TEXT,                       -- the digest of the version that passes use; null: none
        good     TEXT,                       -- the digest of the version that is kept and come up on
        before   TEXT,                       -- the digest of the one kept before it
        approved TEXT                        -- JSON: what versions may ask for without being held; null: none was installed yet
    ) STRICT;
    CREATE TABLE connector_version (
        connector TEXT NOT NULL,
        digest    TEXT NOT NULL,
        version   TEXT NOT NULL,             -- empty when it could not be asked
        state     TEXT NOT NULL,             -- trial, good, held, approved, refused, rolled-back, replaced, removed
        cause     TEXT,
        wants     TEXT,                      -- JSON: what it wants more than was approved, while it is held
        checked   TEXT,                      -- what it was refused by: another collector or other settings may take it
        at        INTEGER NOT NULL,          -- UTC seconds: since when that is its state
        PRIMARY KEY (connector, digest)
    ) STRICT;
    CREATE TABLE event (
        number    INTEGER PRIMARY KEY,
        at        INTEGER NOT NULL,
        kind      TEXT NOT NULL,
        subject   TEXT NOT NULL,             -- the connector, source or sink that it is about
        version   TEXT,
        digest    TEXT,
        cause     TEXT
    ) STRICT;
    ",
), M::up(
    "
    -- Who may sign in to the portal.
    CREATE TABLE account (
        name          TEXT PRIMARY KEY,      -- lower case
        password_hash TEXT NOT NULL,         -- Argon2id, as a PHC string
        created_at    INTEGER NOT NULL       -- UTC seconds
    ) STRICT;
    -- Sources whose subjects may not be looked at. One that is no longer configured stays as it was.
    CREATE TABLE hidden (source TEXT PRIMARY KEY) STRICT;
    -- Who did or looked at what. Lines are added and never changed.
    CREATE TABLE audit (
        number  INTEGER PRIMARY KEY AUTOINCREMENT,
        at      INTEGER NOT NULL,            -- UTC seconds
        who     TEXT NOT NULL,
        action  TEXT NOT NULL,
        subject TEXT NOT NULL,               -- the source, account or connector that it is about
        detail  TEXT NOT NULL
    ) STRICT;
    -- Sources that are being set up or changed.
    CREATE TABLE draft (
        id      TEXT PRIMARY KEY,
        at      INTEGER NOT NULL,            -- UTC seconds of the last change
        content TEXT NOT NULL                -- JSON
    ) STRICT;
    -- Somebody was sent to a consent page. A row is used once.
    CREATE TABLE consent_request (
        state   TEXT PRIMARY KEY,            -- the SHA-256 of what was sent along
        target  TEXT NOT NULL,               -- source:NAME or draft:ID
        session TEXT NOT NULL,               -- who alone may come back with it
        who     TEXT NOT NULL,
        at      INTEGER NOT NULL             -- UTC seconds
    ) STRICT;
    -- How the last consent of a target went.
    CREATE TABLE consent (
        target  TEXT PRIMARY KEY,
        at      INTEGER NOT NULL,            -- UTC seconds
        content TEXT NOT NULL                -- JSON
    ) STRICT;
    -- The checks of a target as they stand.
    CREATE TABLE validation (
        target  TEXT PRIMARY KEY,
        content TEXT NOT NULL                -- JSON
    ) STRICT;
    ",
), M::up(
    "
    ALTER TABLE room ADD COLUMN key TEXT;            -- the connector's own key for it, as of the last expansion: the cursor is of it
    ALTER TABLE room ADD COLUMN read_at INTEGER;     -- UTC milliseconds: when it was last read; null: never, or before this was kept
    ALTER TABLE room ADD COLUMN trouble INTEGER;     -- of the last attempt: 1 not collected, 2 it harms its slice; null: none
    ",
), M::up(
    "
    -- Which store this is, and how it is told from a copy of itself.
    ALTER TABLE store ADD COLUMN origin TEXT;        -- what tells the file beside it from a copy; null: not looked at yet
    ALTER TABLE store ADD COLUMN origin_before TEXT; -- the same of the file that it took the place of
    ALTER TABLE store ADD COLUMN since INTEGER;      -- UTC seconds: when it took this id; null: it never had another
    ALTER TABLE store ADD COLUMN reason TEXT;        -- why it took it
    ALTER TABLE store ADD COLUMN drops INTEGER NOT NULL DEFAULT 0;   -- counts up when cursors are dropped: one of a reading that began before is not kept

    ALTER TABLE store ADD COLUMN kept_at INTEGER;    -- UTC seconds: when it was last looked for meetings over their time
    ALTER TABLE store ADD COLUMN held TEXT;          -- why they are not forgotten; null: they are
    UPDATE store SET kept_at = (SELECT max(ended_at) FROM pass);

    ALTER TABLE room ADD COLUMN meetings INTEGER NOT NULL DEFAULT 0; -- how many are stored
    ALTER TABLE room ADD COLUMN known_from INTEGER;  -- UTC seconds: what ends after it is known; null: it was never read as a whole
    UPDATE room SET meetings = (SELECT count(*) FROM meeting WHERE room = number),
        known_from = coalesce((SELECT min(end_at) - 1 FROM meeting WHERE room = number), read_at / 1000);
    CREATE INDEX meeting_end ON meeting (room, end_at);

    -- Rooms whose meetings a sink is to be told anew, as a whole. Until they are handed over, changes of such a room need no telling.
    CREATE TABLE refill (
        sink  TEXT    NOT NULL,
        room  INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        taken INTEGER,                       -- what is handed over has the changes up to this number; null: it is not handed over yet
        PRIMARY KEY (sink, room)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX refill_room ON refill (room);
    -- Changes that a sink refused for themselves, and that it is not handed any more.
    CREATE TABLE set_aside (
        sink    TEXT    NOT NULL,
        room    INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        id      TEXT    NOT NULL,            -- the meeting's; empty: the begin or the end of a snapshot
        number  INTEGER NOT NULL,            -- the change's
        at      INTEGER NOT NULL,            -- UTC seconds
        problem TEXT    NOT NULL,
        given_up INTEGER NOT NULL DEFAULT 0, -- 1: nobody is told of it any more; it is forgotten when later changes were delivered
        PRIMARY KEY (sink, room, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX set_aside_room ON set_aside (room);

    ALTER TABLE sink ADD COLUMN confirmed INTEGER;   -- the number of the last change that it took; null: none yet
    ALTER TABLE sink ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;  -- changes of the outbox that wait for it
    ALTER TABLE sink ADD COLUMN refill_at INTEGER;   -- UTC seconds: since when rooms wait to be told anew
    ALTER TABLE sink ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;    -- counts up when somebody wants it to be tried at once
    -- What a new sink was to be filled with stood in the outbox, as a copy.
    INSERT INTO refill (sink, room)
        SELECT sink.name, room.number FROM sink JOIN room
        WHERE known_from IS NOT NULL AND EXISTS (SELECT 1 FROM outbox WHERE outbox.sink = sink.name);
    DELETE FROM outbox WHERE sink IS NOT NULL;
    ALTER TABLE outbox DROP COLUMN sink;
    UPDATE sink SET
        waiting = (SELECT count(*) FROM outbox WHERE number > delivered
                   AND NOT EXISTS (SELECT 1 FROM refill WHERE refill.sink = name AND refill.room = outbox.room)),
        refill_at = (SELECT unixepoch() FROM refill WHERE refill.sink = name LIMIT 1);
    ",
), M::up(
    "
    -- Of the audit log so many lines of each action are kept.
    CREATE INDEX audit_action ON audit (action);
    ",
), M::up(
    "
    -- Usage and coverage records. A source has millions of them, so what repeats in each is stored once.
    CREATE TABLE usage_source (
        number INTEGER PRIMARY KEY,
        name   TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE usage_device (
        number INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES usage_source (number),
        space  TEXT NOT NULL,
        device TEXT NOT NULL,                -- empty: the source does not tell devices apart
        UNIQUE (source, space, device)
    ) STRICT;
    CREATE TABLE usage (
        source     INTEGER NOT NULL,
        key        TEXT NOT NULL,
        revision   INTEGER NOT NULL,
        withdrawn  INTEGER NOT NULL,
        device     INTEGER NOT NULL REFERENCES usage_device (number),
        kind       INTEGER NOT NULL,         -- position in the model's list of kinds
        form       INTEGER NOT NULL,         -- position in the model's list of forms
        start_at   INTEGER NOT NULL,         -- UTC seconds
        end_at     INTEGER,
        value      INTEGER NOT NULL,         -- 0 false, 1 true; people, or seconds of a bucket
        resolution INTEGER,                  -- seconds
        PRIMARY KEY (source, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX usage_time ON usage (device, start_at);
    CREATE TABLE coverage (
        source    INTEGER NOT NULL,
        key       TEXT NOT NULL,
        revision  INTEGER NOT NULL,
        withdrawn INTEGER NOT NULL,
        device    INTEGER NOT NULL REFERENCES usage_device (number),
        kinds     INTEGER NOT NULL,          -- a bit for each kind, by its position in the model's list
        start_at  INTEGER NOT NULL,          -- UTC seconds
        end_at    INTEGER NOT NULL,
        state     INTEGER NOT NULL,          -- position in the model's list of states
        reason    TEXT,
        PRIMARY KEY (source, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX coverage_time ON coverage (device, start_at);
    ",
), M::up(
    "
    -- Rooms as sources know them that read what devices report.
    CREATE TABLE space (
        number     INTEGER PRIMARY KEY,
        source     TEXT NOT NULL,
        key        TEXT NOT NULL,            -- the source's own: usage_device.space
        name       TEXT NOT NULL,
        address    TEXT,                     -- of its calendar, lower case; null: the source does not know it
        building   TEXT,
        capacity   INTEGER,
        zone       TEXT,                     -- as IANA names it
        kinds      INTEGER NOT NULL,         -- a bit for each kind that is reported, by its position in the model's list
        listed     INTEGER NOT NULL,         -- 1: found by the last listing
        cursor     TEXT,
        read_at    INTEGER,                  -- UTC milliseconds: when it was last read; null: never
        trouble    INTEGER,                  -- of the last attempt: 1 not collected, 2 it harms its slice; null: none
        outcome    TEXT,
        cause      TEXT,
        outcome_at INTEGER,                  -- UTC seconds
        UNIQUE (source, key)
    ) STRICT;
    CREATE INDEX space_address ON space (address);
    ",
), M::up(
    "
    ALTER TABLE usage_source ADD COLUMN arrived_at INTEGER;  -- UTC seconds: when its last record came; null: before this was kept
    ALTER TABLE usage_device ADD COLUMN ahead_at INTEGER;    -- UTC seconds: when it was told that the device's clock is ahead; null: never
    ALTER TABLE usage_device ADD COLUMN posted_at INTEGER;   -- UTC seconds: its last post that had no time of its own; null: none
    ALTER TABLE usage_device ADD COLUMN known INTEGER NOT NULL DEFAULT 0; -- a bit for each kind whose state it told in such posts
    ",
), M::up(
    "
    -- The intervals of calls: few among all records.
    CREATE INDEX usage_call ON usage (device, start_at) WHERE kind = 0 AND form = 0;
    ",
), M::up(
    "
    -- What a calendar forgets.
    ALTER TABLE meeting ADD COLUMN first_seen INTEGER;   -- UTC seconds; null: it was stored before this was kept
    ALTER TABLE meeting ADD COLUMN removed_at INTEGER;   -- UTC seconds: when it was cancelled, if it was confirmed before; null: it was not
    ALTER TABLE meeting ADD COLUMN read_before TEXT;     -- JSON [[from,to],...]: from first_seen on, what was read before it was seen; null: nothing
    -- Meetings that were confirmed and are gone from their calendar.
    CREATE TABLE gone (
        room        INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
        id          TEXT NOT NULL,
        series      TEXT,
        start_at    INTEGER NOT NULL,        -- UTC seconds
        end_at      INTEGER NOT NULL,
        all_day     INTEGER NOT NULL,
        status      INTEGER NOT NULL,        -- as last seen
        first_seen  INTEGER,
        removed_at  INTEGER NOT NULL,
        read_before TEXT,
        PRIMARY KEY (room, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX gone_end ON gone (room, end_at);
    -- The time of a room that complete readings covered.
    CREATE TABLE reading (
        room  INTEGER PRIMARY KEY REFERENCES room (number) ON DELETE CASCADE,
        spans TEXT NOT NULL                  -- JSON [[from,to],...], UTC seconds: sorted, none touches another
    ) STRICT;
    ",
), M::up(TOUCHED), M::up(
    "
    -- Answers about rooms also depend on what rooms and spaces are. Not on what a pass notes about itself, such as outcomes and cursors.
    CREATE TRIGGER room_added AFTER INSERT ON room BEGIN UPDATE store SET touches = touches + 1; END;
    CREATE TRIGGER room_deleted AFTER DELETE ON room BEGIN UPDATE store SET touches = touches + 1; END;
    CREATE TRIGGER room_changed AFTER UPDATE OF source, address, name, building, capacity, listed ON room
        WHEN (old.source, old.address, old.name, old.building, old.capacity, old.listed)
            IS NOT (new.source, new.address, new.name, new.building, new.capacity, new.listed)
        BEGIN UPDATE store SET touches = touches + 1; END;
    CREATE TRIGGER space_added AFTER INSERT ON space BEGIN UPDATE store SET touches = touches + 1; END;
    CREATE TRIGGER space_deleted AFTER DELETE ON space BEGIN UPDATE store SET touches = touches + 1; END;
    CREATE TRIGGER space_changed AFTER UPDATE OF source, key, name, address, listed ON space
        WHEN (old.source, old.key, old.name, old.address, old.listed) IS NOT (new.source, new.key, new.name, new.address, new.listed)
        BEGIN UPDATE store SET touches = touches + 1; END;

    -- Programs that may ask the API.
    CREATE TABLE api_token (
        number     INTEGER PRIMARY KEY AUTOINCREMENT,
        name       TEXT NOT NULL UNIQUE,
        digest     TEXT NOT NULL UNIQUE,     -- the SHA-256 of the token, in hexadecimal digits; the token is not kept
        scopes     TEXT NOT NULL,            -- words with blanks between them: figures, records
        made_by    TEXT NOT NULL,            -- the account
        made_at    INTEGER NOT NULL,         -- UTC seconds
        ends_at    INTEGER NOT NULL,         -- UTC seconds
        used_at    INTEGER                   -- UTC seconds, to about a minute; null: never
    ) STRICT;
    ",
), M::up(indexes::MIGRATION), M::up(closed::MIGRATION), M::up(accounts::MIGRATION), M::up(weekly::MIGRATION), M::up(
    "
    -- A commit notes once what it adds to a room: a trigger for each meeting took more time than all else.
    DROP TRIGGER meeting_added;

    ALTER TABLE room ADD COLUMN reading BLOB;        -- the SHA-256 of its last complete reading; null: none, or something stored was changed since
    ",
), M::up(api_tokens::MIGRATION)];

/// What figures of rooms have to be computed anew for. Triggers see every change, whoever makes it, but for records and meetings that come: these
/// are many, and their batch or commit notes them once. A deleted row has to be seen too when another replaces it: connections that write set `recursive_triggers`.
const TOUCHED: &str = "
    ALTER TABLE store ADD COLUMN touches INTEGER NOT NULL DEFAULT 0; -- counts up with every change of what figures are computed from
    ALTER TABLE store ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;  -- changes up to this number are no longer in `touched`
    CREATE TABLE touched (
        source   TEXT NOT NULL,
        is_space INTEGER NOT NULL,           -- 0: a room; 1: a space
        place    TEXT NOT NULL,              -- the room's address, or the space's key
        number   INTEGER NOT NULL,           -- of the last change: store.touches
        start_at INTEGER NOT NULL,           -- UTC seconds: the smallest span that holds all changes
        end_at   INTEGER NOT NULL,
        PRIMARY KEY (source, is_space, place)
    ) STRICT, WITHOUT ROWID;

    CREATE VIEW touch AS SELECT source, is_space, place, start_at, end_at FROM touched;
    CREATE TRIGGER touch_added INSTEAD OF INSERT ON touch BEGIN
        UPDATE store SET touches = touches + 1;
        INSERT INTO touched SELECT NEW.source, NEW.is_space, NEW.place, touches, NEW.start_at, NEW.end_at FROM store WHERE TRUE
            ON CONFLICT DO UPDATE SET number = excluded.number, start_at = min(start_at, excluded.start_at), end_at = max(end_at, excluded.end_at);
    END;
    CREATE TRIGGER meeting_added AFTER INSERT ON meeting BEGIN
        INSERT INTO touch SELECT source, 0, address, NEW.start_at, NEW.end_at + 1 FROM room WHERE number = NEW.room;
    END;
    CREATE TRIGGER meeting_deleted AFTER DELETE ON meeting BEGIN
        INSERT INTO touch SELECT source, 0, address, OLD.start_at, OLD.end_at + 1 FROM room WHERE number = OLD.room;
    END;
    CREATE TRIGGER gone_added AFTER INSERT ON gone BEGIN
        INSERT INTO touch SELECT source, 0, address, NEW.start_at, NEW.end_at + 1 FROM room WHERE number = NEW.room;
    END;
    CREATE TRIGGER gone_deleted AFTER DELETE ON gone BEGIN
        INSERT INTO touch SELECT source, 0, address, OLD.start_at, OLD.end_at + 1 FROM room WHERE number = OLD.room;
    END;
    -- A change or a sample (forms 1 and 2) holds until the next one; without a next one, for as long as anybody can tell.
    CREATE TRIGGER usage_deleted AFTER DELETE ON usage BEGIN
        INSERT INTO touch SELECT name, 1, space, OLD.start_at, coalesce(CASE WHEN OLD.form NOT IN (1, 2) THEN OLD.end_at ELSE (
                SELECT start_at FROM usage WHERE device = OLD.device AND start_at > OLD.start_at AND kind = OLD.kind
                    AND form = OLD.form AND NOT withdrawn ORDER BY start_at LIMIT 1) END, 253402300799)
            FROM usage_device JOIN usage_source ON usage_source.number = source WHERE usage_device.number = OLD.device;
    END;
    CREATE TRIGGER coverage_deleted AFTER DELETE ON coverage BEGIN
        INSERT INTO touch SELECT name, 1, space, OLD.start_at, OLD.end_at
            FROM usage_device JOIN usage_source ON usage_source.number = source WHERE usage_device.number = OLD.device;
    END;
    ";

/// All migrations, oldest first.
pub(super) static MIGRATIONS: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new([STEPS, &[meeting_rows::migration()]].concat()));
