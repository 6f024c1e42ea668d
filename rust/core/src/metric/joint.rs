//! One lookup for all metrics: the values of their labels are numbered apart, and together their numbers
//! are the place of a row that says what each metric makes of a record with these values.
//!
//! What is remembered is only what the plain path found out before for the same values: a series, or
//! that the metric's condition does not hold. So no result depends on it. Values that are long, or too
//! many, have no number; records with these take the plain path.

use super::label::{Hasher, Packed};
use crate::condition::Condition;
use crate::field_column::FieldColumn;
use crate::format::Kind;
use crate::operand::{Operand, View, Views};
use crate::scan::simd::{self, Search, Work};
use crate::scan::{LineSet, MOST_LINES, lines_of};

/// Values that make up a place; metrics whose labels would make it longer are left out.
const MOST_OPERANDS: usize = 8;
/// Rows are numbered by so many bits.
const MOST_BITS: u32 = 16;
/// Values of one operand that get a number, constants of categories aside; a power of two.
const MOST_VALUES: usize = 256;
/// Places for them, so that few values compete for one.
const PLACES: usize = 2 * MOST_VALUES;
/// Places that are looked at for a value.
const MOST_PROBES: usize = 8;
/// After so many records without a row it is judged whether rows pay.
const TRIAL: u32 = 4096;
/// Records that are counted without rows where they did not.
const PAUSE: u32 = 64 * TRIAL;

/// Which values make up the place of a row, and what rows say of each metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JointKey {
    operands: Vec<Operand>,
    /// The number of each operand's first value that is no constant.
    first: Vec<u32>,
    covered: Vec<Covered>,
}

/// What the values decide for a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// Nothing.
    Nothing,
    /// Whether its condition holds.
    Condition,
    /// That, and its series.
    Series,
}

/// What is known of a metric and a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing yet.
    Nothing,
    /// Its condition does not hold.
    Refused,
    /// Its condition holds.
    Holds,
    /// Its condition holds, and this is its series.
    Series(u32),
}

/// A row, by its first entry.
#[derive(Debug, Clone, Copy, Default)]
pub struct JointRow(usize);

/// The rows of a batch of records.
#[derive(Debug, Clone, Copy)]
pub struct BatchRows {
    /// The records that have one.
    pub set: LineSet,
    /// By record.
    pub rows: [JointRow; MOST_LINES],
}

/// The rows of one snapshot.
#[derive(Debug, Clone, Default)]
pub struct JointRows {
    numbers: Vec<Numbers>,
    /// One entry for each metric and row.
    known: Vec<Known>,
    /// Entries that say something.
    learned: Vec<usize>,
    metrics: usize,
    /// How fields are read: conditions may depend on that.
    kinds: Vec<Kind>,
    /// Records since the last trial that had a row, and that had none.
    with_row: u32,
    without_row: u32,
    /// Records that are still to be counted without rows.
    pause: u32,
}

/// The values of one operand and their numbers, from `first` on; those below are a category's constants.
#[derive(Debug, Clone)]
struct Numbers {
    /// [`PLACES`] of them.
    places: Box<[Option<(Packed, u32)>]>,
    key: u64,
    first: u32,
    next: u32,
    /// Where the number stands in a row's, and how many bits it has there.
    shift: u32,
    bits: u32,
}

impl JointKey {
    /// The key for metrics with these labels and conditions; `None` if there is nothing to be known.
    /// `constants` says how many constants a category has.
    pub fn new(
        metrics: &[(&[Operand], Option<&Condition>)],
        constants: impl Fn(usize) -> usize,
    ) -> Option<JointKey> {
        let mut operands: Vec<Operand> = Vec::new();
        // Labels of a metric with a condition may be read in few records only.
        for (labels, _) in metrics.iter().filter(|(_, when)| when.is_none()) {
            let mut more = operands.clone();
            more.extend(labels.iter().filter(|label| !operands.contains(label)));
            if more.len() <= MOST_OPERANDS {
                operands = more;
            }
        }
        let has = |all: &[Operand]| all.iter().all(|operand| operands.contains(operand));
        let covers = |labels: &[Operand], when: Option<&Condition>| {
            let decides = when.is_none_or(|when| when.timeless_operands().is_some_and(|read| has(&read)));
            match (decides, has(labels)) {
                (true, true) => Covered::Series,
                (true, false) if when.is_some() => Covered::Condition,
                _ => Covered::Nothing,
            }
        };
        let covered: Vec<Covered> = metrics.iter().map(|(labels, when)| covers(labels, *when)).collect();
        // For one metric its own table is as fast.
        let served = covered.iter().filter(|covered| **covered != Covered::Nothing).count();
        let is_of_use = !operands.is_empty() && served > 1;
        let first = operands.iter().map(|operand| match operand {
            Operand::Field(_) => 0,
            Operand::Category(category) => constants(*category) as u32 + 1,
        });
        let first: Vec<u32> = first.collect();
        let bits: u32 = first.iter().map(|first| bits_below(*first)).sum();
        (is_of_use && bits <= MOST_BITS / 2).then_some(JointKey { operands, first, covered })
    }

    /// What the values decide for a metric.
    #[inline(always)]
    pub fn covers(&self, metric: usize) -> Covered {
        self.covered[metric]
    }
}

impl JointRows {
    /// Prepares for records whose slots are of `kinds`: rows that were learnt from others are forgotten.
    pub fn open(&mut self, key: &JointKey, kinds: &[Kind]) {
        if self.metrics != key.covered.len() || self.kinds != kinds {
            let hasher = Hasher::new();
            *self = JointRows {
                numbers: key.first.iter().map(|first| Numbers::new(hasher, *first)).collect(),
                metrics: key.covered.len(),
                kinds: kinds.to_vec(),
                ..JointRows::default()
            };
            self.lay_out();
        }
    }

    /// The rows of those records of `of` whose values have numbers. They are valid until the next one is asked for.
    pub fn rows(&mut self, key: &JointKey, views: &Views<'_>, of: LineSet) -> BatchRows {
        let mut found = BatchRows { set: 0, rows: [JointRow::default(); MOST_LINES] };
        if self.pause == 0 {
            found.set = simd::dispatch(FindRows { joint: self, key, views, of, rows: &mut found.rows });
            self.with_row += found.set.count_ones();
        }
        found
    }

    /// The row of a record; `None` where there is none, or rows do not pay.
    #[inline(always)]
    pub fn row(&mut self, key: &JointKey, view: &View<'_>) -> Option<JointRow> {
        if self.pause > 0 {
            self.pause -= 1;
            return None;
        }
        let mut row = 0;
        for (operand, numbers) in key.operands.iter().zip(&self.numbers) {
            let Some(number) = numbers.find(*operand, view) else { return self.row_of_new(key, view) };
            row |= (number as usize) << numbers.shift;
        }
        self.with_row += 1;
        Some(JointRow(row * self.metrics))
    }

    /// The row of a record with values that have no numbers yet.
    #[cold]
    #[inline(never)]
    fn row_of_new(&mut self, key: &JointKey, view: &View<'_>) -> Option<JointRow> {
        let mut rows = Some(0);
        let mut is_full = false;
        for (operand, numbers) in key.operands.iter().zip(&mut self.numbers) {
            let number = numbers.find(*operand, view).or_else(|| numbers.add(*operand, view));
            is_full |= number.is_some_and(|number| number >> numbers.bits > 0);
            rows = rows.zip(number).map(|(row, number)| row | (number as usize) << numbers.shift);
        }
        if is_full {
            self.lay_out();
            rows = None;
        }
        if rows.is_none() {
            self.without_row += 1;
            if self.without_row >= TRIAL {
                self.judge();
            }
        }
        rows.map(|row| JointRow(row * self.metrics))
    }

    /// Gives every number the bits that it needs, and forgets all rows.
    fn lay_out(&mut self) {
        let mut bits = self.assign_bits();
        if bits > MOST_BITS {
            self.numbers.iter_mut().for_each(Numbers::forget);
            self.pause = PAUSE;
            bits = self.assign_bits();
        }
        self.learned.clear();
        self.known.clear();
        self.known.resize(self.metrics << bits, Known::Nothing);
    }

    fn assign_bits(&mut self) -> u32 {
        let mut shift = 0;
        for numbers in &mut self.numbers {
            numbers.bits = bits_below(numbers.next);
            numbers.shift = shift;
            shift += numbers.bits;
        }
        shift
    }

    /// Gives up for a while if most records have no row.
    fn judge(&mut self) {
        if self.with_row < 2 * self.without_row {
            self.numbers.iter_mut().for_each(Numbers::forget);
            self.lay_out();
            self.pause = PAUSE;
        }
        (self.with_row, self.without_row) = (0, 0);
    }

    /// What a row says of a metric.
    #[inline(always)]
    pub fn known(&self, row: JointRow, metric: usize) -> Known {
        self.known[row.0 + metric]
    }

    /// Notes what was found out.
    pub fn learn(&mut self, row: JointRow, metric: usize, known: Known) {
        self.known[row.0 + metric] = known;
        self.learned.push(row.0 + metric);
    }

    /// Forgets what rows say: to be called when series get other numbers.
    pub fn clear(&mut self) {
        for entry in self.learned.drain(..) {
            self.known[entry] = Known::Nothing;
        }
    }

    /// About how much memory the rows take, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.numbers.len() * size_of::<[Option<(Packed, u32)>; PLACES]>()
            + size_of_val(&*self.known)
            + size_of_val(&*self.learned)
    }
}

impl Numbers {
    fn new(hasher: Hasher, first: u32) -> Numbers {
        let places = vec![None; PLACES].into_boxed_slice();
        Numbers { places, key: hasher.start(), first, next: first, shift: 0, bits: 0 }
    }

    /// The number of an operand's value, if it has one.
    #[inline(always)]
    fn find(&self, operand: Operand, view: &View<'_>) -> Option<u32> {
        let packed = match operand {
            Operand::Field(slot) => Packed::new(view.record.get(slot).unwrap_or_default()),
            Operand::Category(category) => match view.categories.constant(category) {
                Some(number) => return Some(number.get()),
                None => view.categories.packed(category),
            },
        };
        self.find_packed(packed)
    }

    #[inline(always)]
    fn find_packed(&self, packed: Packed) -> Option<u32> {
        let place = self.place(packed);
        match self.places[place] {
            Some((own, number)) if own == packed => Some(number),
            None => None,
            Some(_) => self.find_further(place, packed),
        }
    }

    fn find_further(&self, place: usize, packed: Packed) -> Option<u32> {
        let further = (1..MOST_PROBES).map_while(|step| self.places[(place + step) % PLACES]);
        further.into_iter().find(|(own, _)| *own == packed).map(|(_, number)| number)
    }

    /// A number for a value that has none; `None` if it is long or there are too many.
    fn add(&mut self, operand: Operand, view: &View<'_>) -> Option<u32> {
        let packed = Packed::new(view.text(operand).unwrap_or_default());
        if packed.is_long() || (self.next - self.first) as usize == MOST_VALUES {
            return None;
        }
        let first = self.place(packed);
        let mut places = (0..MOST_PROBES).map(|step| (first + step) % PLACES);
        let place = places.find(|place| self.places[*place].is_none())?;
        self.places[place] = Some((packed, self.next));
        self.next += 1;
        Some(self.next - 1)
    }

    #[inline(always)]
    fn place(&self, packed: Packed) -> usize {
        // A keyed multiplication; who finds values that compete for a place gains that they have no row.
        let mixed = packed.head ^ packed.tail.rotate_left(29) ^ self.key;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % PLACES
    }

    fn forget(&mut self) {
        self.places.fill(None);
        self.next = self.first;
    }
}

/// Finding rows, compiled per instruction set.
struct FindRows<'a, 'v> {
    joint: &'a JointRows,
    key: &'a JointKey,
    views: &'a Views<'v>,
    of: LineSet,
    rows: &'a mut [JointRow; MOST_LINES],
}

impl Work for FindRows<'_, '_> {
    type Output = LineSet;

    #[inline(always)]
    fn run<S: Search>(self, _search: S) -> LineSet {
        let FindRows { joint, key, views, of, rows } = self;
        let (mut set, mut packed) = (of, [Packed::default(); MOST_LINES]);
        for (operand, numbers) in key.operands.iter().zip(&joint.numbers) {
            let (mut rest, mut unknown) = (of, 0);
            if let Operand::Field(slot) = *operand {
                let column = FieldColumn::new(views.records, slot);
                column.pack(&mut packed);
                for index in lines_of(of & column.within()) {
                    match numbers.find_packed(packed[index]) {
                        Some(number) => rows[index].0 |= (number as usize) << numbers.shift,
                        None => unknown |= 1 << index,
                    }
                }
                rest &= !column.within();
            }
            for index in lines_of(rest) {
                let number = match *operand {
                    Operand::Field(slot) => {
                        numbers.find_packed(Packed::new(views.records.text_of(index, slot)))
                    }
                    Operand::Category(category) => match views.categories.constant(index, category) {
                        Some(number) => Some(number.get()),
                        None => numbers.find_packed(views.categories.of(index).packed(category)),
                    },
                };
                match number {
                    Some(number) => rows[index].0 |= (number as usize) << numbers.shift,
                    None => unknown |= 1 << index,
                }
            }
            set &= !unknown;
        }
        for row in rows {
            row.0 *= joint.metrics;
        }
        set
    }
}

/// The bits that numbers below `limit` take.
fn bits_below(limit: u32) -> u32 {
    u32::BITS - limit.leading_zeros()
}
