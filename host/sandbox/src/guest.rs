//! The host's side of one instance: its empty WASI, its handles, its limits, and what it may use.

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::access::Access;
use super::emitted::Emitted;
use super::growth::Growth;
use super::limits::{COPIED_BYTES, HANDLES, Limits, RANDOM_BYTES};
use super::pending::Pending;
use super::stderr::Tail;

/// The host's side of one instance; dropped with it.
pub(super) struct Guest {
    wasi: WasiCtx,
    table: ResourceTable,
    /// How far the instance has grown.
    pub(super) growth: Growth,
    /// What the instance may reach.
    pub(super) access: Access,
    /// What it may emit, and has emitted.
    pub(super) emitted: Emitted,
    /// The end of its standard error.
    pub(super) stderr: Tail,
    /// Its pending calls.
    pub(super) pending: Pending,
    /// How many log lines it has written.
    pub(super) log_lines: usize,
}

impl Guest {
    /// A store for one call. It is dropped afterwards: a component that trapped or was abandoned cannot be entered again.
    pub(super) fn store(engine: &Engine, access: Access, emitted: Emitted, limits: &Limits) -> Store<Self> {
        let stderr = Tail::default();
        let wasi = WasiCtx::builder()
            .stderr(stderr.clone())
            .allow_blocking_current_thread(false)
            .max_random_size(RANDOM_BYTES)
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        let guest = Self {
            wasi,
            table,
            growth: Growth::new(limits),
            access,
            emitted,
            stderr,
            pending: Pending::default(),
            log_lines: 0,
        };
        let mut store = Store::new(engine, guest);
        store.limiter(|guest| &mut guest.growth);
        store.set_hostcall_fuel(COPIED_BYTES);
        store.set_epoch_deadline(1);
        // At every tick the guest yields, so that its caller may check the clock and abandon it.
        store.epoch_deadline_callback(|_| {
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        store
    }

    /// The handles of this instance.
    pub(super) fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}
