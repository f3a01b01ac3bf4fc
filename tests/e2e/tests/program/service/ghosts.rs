//! Sinks that are not as far as they were, or were away while meetings were cancelled: what is not there any more is removed from them.

use crate::service::everywhere::Everywhere;

/// Keeps the tables as they are now, and puts them back: what a restored backup does.
const BACKUP: &str = "CREATE TABLE public.meeting_then AS TABLE collector.meeting;
    CREATE TABLE public.snapshot_then AS TABLE collector.snapshot;
    CREATE TABLE public.store_then AS TABLE collector.store;";
const RESTORE: &str = "BEGIN;
    TRUNCATE collector.meeting, collector.snapshot, collector.store;
    INSERT INTO collector.meeting SELECT * FROM public.meeting_then;
    INSERT INTO collector.snapshot SELECT * FROM public.snapshot_then;
    INSERT INTO collector.store SELECT * FROM public.store_then;
    COMMIT;
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();";
const LOST: &str = "the sink lost changes that it had accepted";

#[test]
fn a_postgresql_that_was_restored_from_its_backup_is_told_what_it_lost() {
    let mut everywhere = Everywhere::new();
    let mut service = everywhere.start();
    everywhere.delivered(&mut service);
    everywhere.watch();
    everywhere.database.execute(BACKUP).unwrap();
    everywhere.change(3, 2, 2);
    everywhere.delivered(&mut service);
    everywhere.database.execute(RESTORE).unwrap();
    everywhere.change(0, 1, 1);
    everywhere.delivered(&mut service);
    assert_eq!(service.count(LOST), 1, "{}", service.said());
    everywhere.stop(service);

    // While no service runs, and nothing changes afterwards.
    everywhere.database.execute(RESTORE).unwrap();
    let mut service = everywhere.start();
    service.wait_for_line(LOST).unwrap();
    everywhere.delivered(&mut service);
    let said = everywhere.stop(service);
    assert_eq!(said.matches(LOST).count(), 1, "{said}");
}

#[test]
fn sinks_that_were_away_while_meetings_were_cancelled_have_them_no_more_when_they_are_back() {
    let mut everywhere = Everywhere::new();
    let mut service = everywhere.start();
    everywhere.delivered(&mut service);
    everywhere.watch();
    everywhere.deliver(false);
    service
        .wait_for("four sinks that are gone", |service| {
            (service.count("the sink was removed") == 4).then_some(())
        })
        .unwrap();
    everywhere.change(4, 1, 1);
    service.wait_for_passes("contoso", 2).unwrap();
    everywhere.deliver(true);
    service
        .wait_for("four sinks that are back", |service| {
            // They were new at the beginning, too.
            (service.count("the sink is new") == 8).then_some(())
        })
        .unwrap();
    everywhere.delivered(&mut service);
    everywhere.stop(service);
}
