//! Learned weights: a sorted table of feature hashes with a byte each.

/// Most features that are asked for have no weight: a bit for each 4096th of the keys says so
/// first.
const BITS: usize = 1 << 20;

/// Weights by feature.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    keys: Vec<u32>,
    values: Vec<i8>,
    step: f32,
    known: Vec<u64>,
}

impl Weights {
    /// The largest become a byte's largest; those that round to nothing are left out.
    pub fn pack(mut weights: Vec<(u32, f32)>) -> Self {
        weights.sort_by_key(|(key, _)| *key);
        let most = weights.iter().fold(0.0_f32, |most, (_, weight)| most.max(weight.abs()));
        let step = if most > 0.0 { most / f32::from(i8::MAX) } else { 1.0 };
        let bytes = weights.iter().map(|(key, weight)| (*key, (weight / step).round() as i8));
        let (keys, values) = bytes.filter(|(_, byte)| *byte != 0).unzip();
        Self::new(keys, values, step)
    }

    fn new(keys: Vec<u32>, values: Vec<i8>, step: f32) -> Self {
        let mut known = vec![0; BITS / 64];
        for key in &keys {
            let (word, bit) = place(*key);
            known[word] |= bit;
        }
        Self { keys, values, step, known }
    }

    /// As a file has them: the step (f32), the number (u32), the keys (u32 each, rising), a byte
    /// each; little-endian.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        let step = f32::from_bits(word(0)?);
        let count = word(4)? as usize;
        let keys: Option<Vec<u32>> = (0..count).map(|at| word(8 + at * 4)).collect();
        let values = bytes.get(8 + count * 4..8 + count * 5)?;
        Some(Self::new(keys?, values.iter().map(|byte| *byte as i8).collect(), step))
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = self.step.to_le_bytes().to_vec();
        out.extend((self.keys.len() as u32).to_le_bytes());
        out.extend(self.keys.iter().flat_map(|key| key.to_le_bytes()));
        out.extend(self.values.iter().map(|value| *value as u8));
        out
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The weight of a feature; of one that was not learned, none.
    pub fn of(&self, feature: u64) -> f32 {
        self.at(key(feature))
    }

    /// The weight of a feature by its key.
    pub fn at(&self, key: u32) -> f32 {
        let (word, bit) = place(key);
        if self.known.get(word).is_none_or(|bits| bits & bit == 0) {
            return 0.0;
        }
        match self.keys.binary_search(&key) {
            Ok(at) => f32::from(self.values[at]) * self.step,
            Err(_) => 0.0,
        }
    }
}

fn place(key: u32) -> (usize, u64) {
    let bit = (key >> 12) as usize;
    (bit / 64, 1 << (bit % 64))
}

/// The part of a feature's hash by which its weight is kept.
pub fn key(feature: u64) -> u32 {
    (feature >> 32) as u32
}
