//! What the threads of a run do next, and what becomes of the parts they finish.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Job;
use crate::chunks::Decompression;
use crate::job::RunState;
use crate::merge::{Merge, Place};
use crate::plain::PlainFile;

/// While finished parts that wait for earlier ones hold more than this, no part beyond the one
/// they wait for is begun.
const WAITING_BYTES: usize = 16 << 20;

/// Parts are joined when those that wait hold so much more than after they were joined last.
const JOINED_BYTES: usize = WAITING_BYTES / 4;

/// How often a waiting thread looks whether the run was cancelled.
const WAIT_STEP: Duration = Duration::from_millis(50);

/// A plain file and how it is divided.
pub(crate) struct PlainInput<S> {
    pub(crate) input: usize,
    pub(crate) file: PlainFile,
    pub(crate) source: S,
    pub(crate) range_bytes: u64,
}

impl<S> PlainInput<S> {
    fn parts(&self) -> u64 {
        self.file.size().div_ceil(self.range_bytes)
    }

    /// The bytes of the file that belong to one part.
    pub(crate) fn range(&self, part: u64) -> Range<u64> {
        let start = part * self.range_bytes;
        start..self.file.size().min(start + self.range_bytes)
    }
}

/// What a thread does next.
pub(crate) enum Task<'a, S> {
    /// Open the input of this index: add what it divides into, or read it whole.
    Open(usize),
    /// Read one part of a plain file.
    Read(Arc<PlainInput<S>>, u64),
    /// Decompress a file ahead of the thread that counts its lines.
    Decompress(Decompression<'a>),
}

/// The shared state of a run: inputs not yet opened, ranges not yet read, parts not yet collected.
///
/// Work is given out in input order, and the part that all others wait for may always be begun;
/// so holding back the others cannot stop the run.
pub(crate) struct Schedule<'a, J: Job> {
    job: &'a J,
    run: &'a RunState<'a>,
    inputs: usize,
    state: Mutex<State<'a, J>>,
    changed: Condvar,
}

struct State<'a, J: Job> {
    next_input: usize,
    /// Inputs that a thread has taken to open: ranges may still come from them.
    opening: usize,
    /// Threads that wait for something to do.
    idle: usize,
    /// What was offered to idle threads; never more than there are.
    offered: Vec<Decompression<'a>>,
    /// Plain files with parts that nobody has taken; by input.
    divided: BTreeMap<usize, Divided<J::Source>>,
    merge: Merge<J::Part>,
    /// What waiting parts may hold before they are joined.
    join_bytes: usize,
    collecting: Collecting,
    /// Per input the error that is nearest to its beginning, and the part it came from.
    errors: BTreeMap<usize, (u64, String)>,
}

struct Divided<S> {
    plain: Arc<PlainInput<S>>,
    next_part: u64,
}

#[derive(PartialEq, Eq)]
enum Collecting {
    Nobody,
    Somebody,
}

impl<'a, J: Job> Schedule<'a, J> {
    pub(crate) fn new(job: &'a J, inputs: usize, run: &'a RunState<'a>) -> Schedule<'a, J> {
        Schedule {
            job,
            run,
            inputs,
            state: Mutex::new(State {
                next_input: 0,
                opening: 0,
                idle: 0,
                offered: Vec::new(),
                divided: BTreeMap::new(),
                merge: Merge::new(inputs),
                join_bytes: JOINED_BYTES,
                collecting: Collecting::Nobody,
                errors: BTreeMap::new(),
            }),
            changed: Condvar::new(),
        }
    }

    /// Waits for something to do; `None` when nothing is left, or the run is over.
    pub(crate) fn next(&self) -> Option<Task<'a, J::Source>> {
        let mut state = self.lock();
        while !self.run.is_over() {
            // First of all: whoever offered it counts on it.
            if let Some(decompression) = state.offered.pop() {
                return Some(Task::Decompress(decompression));
            }
            let place = match state.divided.first_key_value() {
                Some((&input, divided)) => Place { input, part: divided.next_part },
                None => Place { input: state.next_input, part: 0 },
            };
            if place.input == self.inputs {
                if state.opening == 0 {
                    return None;
                }
            } else if state.may_begin(place) {
                return Some(state.take(place));
            }
            state.idle += 1;
            state = self.wait(state);
            state.idle -= 1;
        }
        // Whoever offered something waits for it, or for its end.
        state.offered.clear();
        None
    }

    /// Offers what `split` answers to a thread that has nothing to do, if there is one: it will do it.
    pub(crate) fn offer(&self, split: impl FnOnce() -> Option<Decompression<'a>>) {
        let mut state = self.lock();
        if state.idle > state.offered.len()
            && let Some(decompression) = split()
        {
            state.offered.push(decompression);
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Adds a plain file that was opened.
    pub(crate) fn divide(&self, plain: PlainInput<J::Source>) {
        let mut state = self.lock();
        state.merge.settle(plain.input, plain.parts());
        let input = plain.input;
        let plain = Arc::new(plain);
        state.divided.insert(input, Divided { plain, next_part: 0 });
    }

    /// Ends what `Task::Open` began.
    pub(crate) fn end_opening(&self) {
        self.lock().opening -= 1;
        self.changed.notify_all();
    }

    /// Settles how many parts an input has.
    pub(crate) fn settle(&self, input: usize, parts: u64) {
        let mut state = self.lock();
        state.merge.settle(input, parts);
        self.collect(state);
    }

    /// Hands over a finished part.
    pub(crate) fn submit(&self, place: Place, part: J::Part) {
        let held_bytes = self.job.held_bytes(&part);
        let mut state = self.lock();
        state.merge.push(place, part, held_bytes);
        if state.merge.waiting_bytes() > state.join_bytes {
            state.merge.join(|part, next| self.job.join(part, next), |part| self.job.held_bytes(part));
            state.join_bytes = WAITING_BYTES.min(state.merge.waiting_bytes() + JOINED_BYTES);
        }
        self.collect(state);
    }

    /// Whether all parts before this one were collected.
    pub(crate) fn is_front(&self, place: Place) -> bool {
        self.lock().merge.front() == place
    }

    /// Waits until a further part of an input may be begun, or the run is over.
    pub(crate) fn wait_to_begin(&self, place: Place) {
        let mut state = self.lock();
        while !self.run.is_over() && !state.may_begin(place) {
            state = self.wait(state);
        }
    }

    /// Notes what went wrong with an input; the error nearest to its beginning stays.
    pub(crate) fn fail(&self, place: Place, message: String) {
        let mut state = self.lock();
        let error = state.errors.entry(place.input);
        let error = error.or_insert((u64::MAX, String::new()));
        if place.part < error.0 {
            *error = (place.part, message);
        }
    }

    /// Ends the run for all threads.
    pub(crate) fn stop(&self) {
        self.run.stop();
        self.changed.notify_all();
    }

    /// The errors by index of input, at the end of the run.
    pub(crate) fn into_errors(self) -> impl Iterator<Item = (usize, String)> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.errors.into_iter().map(|(input, (_, message))| (input, message))
    }

    /// Collects what has reached the front, unless another thread is at it: that one goes on with
    /// it. The lock is not held meanwhile.
    fn collect<'s>(&'s self, mut state: MutexGuard<'s, State<'a, J>>) {
        if state.collecting == Collecting::Somebody {
            return;
        }
        state.collecting = Collecting::Somebody;
        while !self.run.is_over()
            && let Some(part) = state.merge.pop()
        {
            drop(state);
            self.changed.notify_all();
            if self.job.collect(part).is_break() {
                self.stop();
            }
            state = self.lock();
        }
        state.collecting = Collecting::Nobody;
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<'a, J>> {
        // A thread that panics ends the run; the others only need to see that.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State<'a, J>>) -> MutexGuard<'s, State<'a, J>> {
        let waited = self.changed.wait_timeout(state, WAIT_STEP);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl<'a, J: Job> State<'a, J> {
    fn may_begin(&self, place: Place) -> bool {
        self.merge.waiting_bytes() <= WAITING_BYTES || place == self.merge.front()
    }

    /// Takes the first thing to do, which is at `place`.
    fn take(&mut self, place: Place) -> Task<'a, J::Source> {
        let Some(mut entry) = self.divided.first_entry() else {
            self.next_input += 1;
            self.opening += 1;
            return Task::Open(place.input);
        };
        let divided = entry.get_mut();
        let plain = Arc::clone(&divided.plain);
        divided.next_part += 1;
        if divided.next_part == plain.parts() {
            entry.remove();
        }
        Task::Read(plain, place.part)
    }
}
