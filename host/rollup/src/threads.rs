//! Work on several threads, where one thread stores what comes of it: a file has one writer.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};

/// Fewest tasks for which it is worth to begin threads.
// Tests try threads too.
const MANY: usize = if cfg!(test) { 2 } else { 32 };

/// Dates of rooms that are under way, at least: of one come some kilobytes.
pub(crate) const UNDER_WAY: usize = 1_024;

/// How many threads so many tasks are worth: none if they are few.
pub(crate) fn threads(tasks: usize) -> usize {
    match tasks < MANY {
        true => 0,
        false => std::thread::available_parallelism().map_or(1, usize::from),
    }
}

/// Does tasks on a thread for each worker, as `begin` says there, and stores what comes of each on this thread. Returns how many were stored: all,
/// unless `go_on`, which is asked before each task, said no.
///
/// Each task comes with how much comes of it, in dates of a room. Only so much is under way that it has room in memory, and yet enough that the
/// workers go on while this thread waits for the disk.
///
/// # Errors
/// Storing failed. Nothing more is stored then.
///
/// # Panics
/// A task panicked.
pub(crate) fn beside<W, T, R, E, F>(
    workers: Vec<W>,
    tasks: impl IntoIterator<Item = (usize, T)>,
    go_on: &dyn Fn() -> bool,
    begin: impl Fn(W) -> F + Sync,
    mut store: impl FnMut(R) -> Result<(), E>,
) -> Result<usize, E>
where
    W: Send,
    T: Send,
    R: Send,
    F: FnMut(T) -> R,
{
    let fewest = workers.len() + 1;
    let (to_do, doing) = channel();
    let (finished, results) = channel();
    let doing = Mutex::new(doing);
    std::thread::scope(|threads| {
        for worker in workers {
            let (finished, doing, begin) = (finished.clone(), &doing, &begin);
            threads.spawn(move || {
                let mut work = begin(worker);
                while let Some((dates, task)) = next(doing) {
                    // Nobody waits any more if storing failed.
                    let _ = finished.send((dates, work(task)));
                }
            });
        }
        drop(finished);
        let mut tasks = tasks.into_iter();
        // Without it the threads end, however this ends.
        let mut to_do = Some(to_do);
        let (mut under_way, mut all_dates, mut done) = (0, 0, 0);
        loop {
            while let Some(open) = to_do
                .as_ref()
                .filter(|_| under_way < fewest || all_dates < UNDER_WAY)
            {
                match tasks.next().filter(|_| go_on()) {
                    Some((dates, task)) => {
                        if open.send((dates, task)).is_ok() {
                            (under_way, all_dates) = (under_way + 1, all_dates + dates);
                        }
                    }
                    None => to_do = None,
                }
            }
            // Nothing comes any more, of a thread that panicked neither.
            let Ok((dates, result)) = results.recv() else {
                return Ok(done);
            };
            (under_way, all_dates) = (under_way - 1, all_dates - dates);
            store(result)?;
            done += 1;
        }
    })
}

fn next<T>(doing: &Mutex<Receiver<T>>) -> Option<T> {
    doing.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn all_tasks_are_done_until_somebody_says_no() {
        let left = Cell::new(5);
        for (go_on, done) in [
            (&(|| true) as &dyn Fn() -> bool, 100),
            (&|| left.replace(left.get() - 1) > 0, 5),
            (&|| false, 0),
        ] {
            let mut stored = Vec::new();
            let doubled = beside(
                vec![(), ()],
                (0..100).map(|task| (1, task)),
                go_on,
                |()| |task| task * 2,
                |result| {
                    stored.push(result);
                    Ok::<_, ()>(())
                },
            );
            assert_eq!(doubled, Ok(done));
            stored.sort_unstable();
            assert_eq!(
                stored,
                (0..).map(|task| task * 2).take(done).collect::<Vec<i32>>()
            );
        }
    }

    #[test]
    fn what_cannot_be_stored_ends_it() {
        let tasks = (0..100).map(|task| (UNDER_WAY, task));
        let failed = beside(vec![(), ()], tasks, &|| true, |()| |task| task, Err::<(), i32>);
        assert!(failed.is_err());
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_task_that_panics_does_not_leave_others_waiting() {
        let work = |()| {
            |task: i32| {
                assert_ne!(task, 3);
                task
            }
        };
        let tasks = (0..10).map(|task| (UNDER_WAY, task));
        let _ = beside(vec![(), ()], tasks, &|| true, work, |_| Ok::<_, ()>(()));
    }
}
