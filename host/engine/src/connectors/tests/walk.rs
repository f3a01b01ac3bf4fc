//! A long walk of updates, removals, passes and restarts, beside a model of the version that must serve after each step.

use collector_sandbox::digest;
use collector_store::VersionState;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;

const STEPS: usize = 60;

/// A file that was installed once, by its number.
struct File {
    bytes: Vec<u8>,
    digest: String,
    /// It cannot be used: it is refused, or wants more than was approved.
    bad: bool,
    rolled_back: bool,
}

#[derive(Clone)]
struct Serving {
    file: usize,
    proved: bool,
    done: bool,
    before: Option<Box<Serving>>,
}

impl Serving {
    fn kept(file: usize) -> Self {
        Self {
            file,
            proved: true,
            done: false,
            before: None,
        }
    }
}

#[derive(Default)]
struct Model {
    files: Vec<File>,
    file: Option<usize>,
    serving: Option<Serving>,
    good: Option<usize>,
    last: Option<bool>,
}

impl Model {
    fn new_file(&mut self, bad: Option<bool>) -> usize {
        let number = self.files.len();
        let more = match bad {
            None => "",
            Some(true) => " describe=trap",
            Some(false) => " hosts=https://more.example",
        };
        let bytes = hostile(&format!("0.{number}.0{more}"));
        self.files.push(File {
            digest: digest(&bytes),
            bytes,
            bad: bad.is_some(),
            rolled_back: false,
        });
        number
    }

    fn put(&mut self, file: usize) {
        self.file = Some(file);
        let of = |serving: &Serving| serving.file;
        if self.serving.as_ref().map(of) == Some(file) {
            return;
        }
        if let Some(serving) = &self.serving
            && serving.before.is_none()
            && self.good.is_none()
        {
            self.good = Some(serving.file);
        }
        if self.serving.is_none()
            && let Some(good) = self.good
            && good != file
        {
            self.serving = Some(Serving::kept(good));
        }
        if self.files[file].bad || self.files[file].rolled_back {
            return;
        }
        let before = self
            .serving
            .take()
            .map(|mut serving| match serving.before.take() {
                Some(before) if !serving.proved => before,
                _ => Box::new(serving),
            });
        let proved = self.good == Some(file);
        self.serving = Some(Serving {
            file,
            proved,
            done: false,
            before: if proved { None } else { before },
        });
    }

    fn pass(&mut self, works: bool) {
        let Some(serving) = &mut self.serving else { return };
        let last = self.last.replace(works);
        if works {
            serving.done = true;
            serving.before = None;
            if !serving.proved {
                serving.proved = true;
                self.good = Some(serving.file);
            }
            return;
        }
        if serving.done || last == Some(false) {
            return;
        }
        if let Some(before) = serving.before.take() {
            self.files[serving.file].rolled_back = true;
            self.serving = Some(*before);
            self.last = last;
        }
    }

    fn restart(&mut self) {
        self.last = None;
        let before = self.serving.take();
        let Some(file) = self.file else { return };
        if before.is_some() || self.good.is_some() {
            self.put(file);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_what_should_serve_serves() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut model = Model::default();
    let first = model.new_file(None);
    model.put(first);
    let place = Place::with(&model.files[first].bytes);
    let uses = vec![usage("a", json!({}))];
    let mut service = place.start_with(uses.clone()).await;
    let mut told = Vec::new();
    for _ in 0..STEPS {
        let step = match random.random_range(0..12) {
            0..=5 => {
                let file = match random.random_range(0..5) {
                    0 | 1 => model.new_file(None),
                    2 => model.new_file(Some(true)),
                    3 => model.new_file(Some(false)),
                    _ => random.random_range(0..model.files.len()),
                };
                place.put(&model.files[file].bytes);
                model.put(file);
                format!("put {file}")
            }
            6 => {
                if model.file.is_some() {
                    std::fs::remove_file(place.file()).unwrap();
                }
                (model.file, model.serving) = (None, None);
                "removed".to_owned()
            }
            7 => {
                service.stop().await;
                service = place.start_with(uses.clone()).await;
                model.restart();
                "restarted".to_owned()
            }
            step => {
                let works = step < 10;
                if model.serving.is_some() {
                    service.pass("a", if works { End::Worked } else { trap() }).await;
                }
                model.pass(works);
                format!("pass {works}")
            }
        };
        told.push(step);
        let expected = model
            .serving
            .as_ref()
            .map_or(String::new(), |serving| format!("0.{}.0", serving.file));
        let settled = || service.version() == expected && dealt_with(&place, &model);
        until(
            &format!("{expected:?} after seed {seed}, {told:?}"),
            settled,
            || format!("{:?}, {:#?}", service.current(), place.events()),
        )
        .await;
    }
}

/// Whether the service has handled the file, according to the store.
fn dealt_with(place: &Place, model: &Model) -> bool {
    let store = place.store.lock();
    let connectors = store.connectors().unwrap();
    let record = &connectors[0];
    let file = model.file.map(|file| &model.files[file]);
    let serving = model
        .serving
        .as_ref()
        .map(|serving| &model.files[serving.file].digest);
    let good = model.good.map(|good| &model.files[good].digest);
    if record.file.as_ref() != file.map(|file| &file.digest)
        || record.current.as_ref() != serving
        || record.good.as_ref() != good
    {
        return false;
    }
    let Some(file) = file else { return true };
    let versions = store.connector_versions().unwrap();
    let known = versions.iter().find(|version| version.digest == file.digest);
    known.is_some_and(|known| match known.state {
        VersionState::Refused | VersionState::Held => file.bad,
        VersionState::RolledBack => file.rolled_back,
        VersionState::Trial | VersionState::Good => Some(&file.digest) == serving,
        _ => false,
    })
}
