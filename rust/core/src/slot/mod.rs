//! Counts by slot of event time: what records of each aligned span of time came to.
//!
//! A row is a slot and the number of a series in the snapshot's table, so that series and limits are
//! those of the totals: what is `__other__` there is so here. Logs come nearly in order of time, hence
//! the slot of the last record is remembered, and the last row of each series: the usual record costs
//! two comparisons and one row.

pub mod table;

#[cfg(test)]
mod tests;

use crate::metric::{Amounts, Metric};
pub use table::SlotTable;

const SECOND_NS: i64 = 1_000_000_000;

/// A record that was stamped later than this after the wall clock was stamped by a wrong clock or in
/// another time zone.
pub const AHEAD_NS: i64 = 5 * 60 * SECOND_NS;

/// How much slots may hold; what is beyond is counted in the totals alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotLimits {
    /// Pairs of slot and series of all metrics.
    pub rows: usize,
    /// What the column of one metric takes when it gets its last row: rows of sketches are large.
    pub column_bytes: usize,
}

impl SlotLimits {
    /// Of what a service counts between two commits: about 20 MB of counters.
    pub const PENDING: SlotLimits = SlotLimits { rows: 200_000, column_bytes: 32 << 20 };

    /// Of one scan, which keeps all slots in memory: about 300 MB of counters.
    pub const SCAN: SlotLimits = SlotLimits { rows: 4_000_000, column_bytes: 256 << 20 };

    /// For slots that are within limits anyway.
    pub const NONE: SlotLimits = SlotLimits { rows: usize::MAX, column_bytes: usize::MAX };
}

/// What is not in the slot that its time stamp names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotNotes {
    /// Records without a readable time: in the wall clock's slot if there is a wall clock, else in
    /// none.
    pub without_time: u64,
    /// Records stamped more than [`AHEAD_NS`] after the wall clock: in its slot.
    pub ahead_of_clock: u64,
    /// What metrics took of records and no slot did, because of [`SlotLimits`].
    pub beyond_limit: u64,
}

impl SlotNotes {
    /// Adds others.
    pub fn add(&mut self, other: SlotNotes) {
        let add = |own: &mut u64, theirs: u64| *own = own.saturating_add(theirs);
        add(&mut self.without_time, other.without_time);
        add(&mut self.ahead_of_clock, other.ahead_of_clock);
        add(&mut self.beyond_limit, other.beyond_limit);
    }
}

/// Counts by slot of event time and series, for every metric of a snapshot.
#[derive(Debug, Clone)]
pub struct Slots {
    width_seconds: i64,
    limits: SlotLimits,
    /// By metric.
    tables: Vec<SlotTable>,
    notes: SlotNotes,
    /// When the lines are read, if records without a time happened then.
    wall_ns: Option<i64>,
    /// The newest stamp that is not after the wall clock.
    newest_ns: Option<i64>,
    /// Whether the wall clock said when a record happened.
    took_wall: bool,
    /// The slot of the last record that had a time: the first instant, and the first one after it.
    last_ns: (i64, i64),
    /// Where that slot starts, in Unix seconds.
    last_start: i64,
    /// Where the slot of the record starts that is counted, in Unix seconds; `None`: it has no slot.
    current: Option<i64>,
}

impl Slots {
    /// No slots yet; each is `width_seconds` wide and starts at a multiple of that.
    pub fn new(metrics: &[Metric], width_seconds: u32, limits: SlotLimits) -> Slots {
        Slots {
            width_seconds: i64::from(width_seconds.max(1)),
            limits,
            tables: metrics.iter().map(SlotTable::new).collect(),
            notes: SlotNotes::default(),
            wall_ns: None,
            newest_ns: None,
            took_wall: false,
            last_ns: (0, 0),
            last_start: 0,
            current: None,
        }
    }

    /// Width of a slot, in seconds.
    pub fn width_seconds(&self) -> i64 {
        self.width_seconds
    }

    /// By metric.
    pub fn tables(&self) -> &[SlotTable] {
        &self.tables
    }

    /// What is not where its time stamp says.
    pub fn notes(&self) -> SlotNotes {
        self.notes
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.tables.iter().map(SlotTable::len).sum()
    }

    /// Whether half of what the limits allow is taken: time to hand the rows over.
    pub fn is_half_full(&self) -> bool {
        let is_large =
            |table: &SlotTable| table.amounts().column().held_bytes() > self.limits.column_bytes / 2;
        self.rows() > self.limits.rows / 2 || self.tables.iter().any(is_large)
    }

    /// About how much memory the rows take, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.tables.iter().map(SlotTable::held_bytes).sum()
    }

    /// Says that the next lines are read at this Unix time.
    pub fn read_at(&mut self, wall_ns: i64) {
        self.wall_ns = Some(wall_ns);
    }

    /// The newest time of the records since the last call: the newest stamp that is not after the wall
    /// clock, or the wall clock where no record had such a stamp. `None` without records.
    pub fn take_newest(&mut self) -> Option<i64> {
        let took_wall = std::mem::take(&mut self.took_wall);
        self.newest_ns.take().or(self.wall_ns.filter(|_| took_wall))
    }

    /// Says when the record happened that is counted next.
    #[inline(always)]
    pub fn enter(&mut self, unix_ns: Option<i64>) {
        match unix_ns {
            Some(unix_ns) if self.wall_ns.is_none_or(|wall_ns| unix_ns <= wall_ns) => {
                self.newest_ns = self.newest_ns.max(Some(unix_ns));
                self.place(unix_ns);
            }
            _ => self.enter_by_wall(unix_ns),
        }
    }

    /// The same for a record without a stamp, or with one after the wall clock.
    #[cold]
    fn enter_by_wall(&mut self, unix_ns: Option<i64>) {
        self.took_wall = true;
        match (unix_ns, self.wall_ns) {
            (Some(unix_ns), Some(wall_ns)) if unix_ns > wall_ns.saturating_add(AHEAD_NS) => {
                self.notes.ahead_of_clock += 1;
                self.place(wall_ns);
            }
            (Some(unix_ns), _) => self.place(unix_ns),
            (None, wall_ns) => {
                self.notes.without_time += 1;
                match wall_ns {
                    Some(wall_ns) => self.place(wall_ns),
                    None => self.current = None,
                }
            }
        }
    }

    #[inline(always)]
    fn place(&mut self, unix_ns: i64) {
        let (first, after) = self.last_ns;
        if !(first..after).contains(&unix_ns) {
            let second = unix_ns.div_euclid(SECOND_NS);
            let start = second - second.rem_euclid(self.width_seconds);
            // The first and the last slot of all instants are cut off.
            let ns = |seconds: i64| seconds.saturating_mul(SECOND_NS);
            (self.last_ns, self.last_start) = ((ns(start), ns(start + self.width_seconds)), start);
        }
        self.current = Some(self.last_start);
    }

    /// The row of a series of a metric in the slot of the record, with one record more; `None` if the
    /// record has no slot.
    #[inline(always)]
    pub fn count(&mut self, metric: usize, series: u32) -> Option<(&mut Amounts, u32)> {
        let start = self.current?;
        let row = match self.tables[metric].last_row(start, series) {
            Some(row) => row,
            None => self.admit(metric, start, series, 1)?,
        };
        let amounts = self.tables[metric].amounts_mut();
        amounts.add_count(row, 1);
        Some((amounts, row))
    }

    /// Finds or makes a row that `count` records are to be added to.
    #[cold]
    #[inline(never)]
    fn admit(&mut self, metric: usize, start: i64, series: u32, count: u64) -> Option<u32> {
        let has_room = self.rows() < self.limits.rows;
        let table = &mut self.tables[metric];
        let fits = has_room && table.amounts().column().held_bytes() < self.limits.column_bytes;
        let row = table.row(start, series, fits);
        if row.is_none() {
            self.notes.beyond_limit = self.notes.beyond_limit.saturating_add(count);
        }
        row
    }

    /// Adds what the other counted, whose series `i` of metric `m` is `series[m][i]` here.
    pub fn merge(&mut self, other: &Slots, series: &[Vec<u32>]) {
        for (metric, series) in series.iter().enumerate() {
            self.merge_metric(metric, other, metric, series);
        }
        self.add_notes(other);
    }

    /// Adds the counts of one metric of another, number `theirs` there. If slots have another width
    /// there, no slot here takes them.
    pub fn merge_metric(&mut self, metric: usize, other: &Slots, theirs: usize, series: &[u32]) {
        let theirs = &other.tables[theirs];
        if other.width_seconds != self.width_seconds {
            let counts = theirs.rows().map(|(row, ..)| theirs.amounts().count(row));
            self.notes.beyond_limit = counts.fold(self.notes.beyond_limit, u64::saturating_add);
            return;
        }
        let own = theirs.rows().map(|(row, start, theirs_series)| {
            let count = theirs.amounts().count(row);
            self.admit(metric, start, series[theirs_series as usize], count).unwrap_or(table::NOWHERE)
        });
        let own: Vec<u32> = own.collect();
        self.tables[metric].amounts_mut().merge(theirs.amounts(), &own);
    }

    /// Adds what the other says beside its counts.
    pub fn add_notes(&mut self, other: &Slots) {
        self.notes.add(other.notes);
        self.newest_ns = self.newest_ns.max(other.newest_ns);
        self.took_wall |= other.took_wall;
    }

    /// Moves what was counted to slots of other numbers of series, as for [`Slots::merge`].
    #[must_use]
    pub fn drain(&mut self, metrics: &[Metric], series: &[Vec<u32>]) -> Slots {
        let mut drained = Slots::new(metrics, 1, SlotLimits::NONE);
        drained.width_seconds = self.width_seconds;
        drained.merge(self, series);
        self.clear();
        drained
    }

    /// Forgets what was counted and keeps the memory.
    pub fn clear(&mut self) {
        self.tables.iter_mut().for_each(SlotTable::clear);
        self.notes = SlotNotes::default();
        (self.newest_ns, self.took_wall, self.current) = (None, false, None);
    }
}
