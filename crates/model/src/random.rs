//! Where randomness comes from. The server has the system's; tests seed their own.

pub trait Random: Send + Sync + 'static {
    /// Fills the bytes with randomness that nobody can foresee.
    fn fill(&self, bytes: &mut [u8]);
}

/// Ten random bytes, as ids need them.
pub fn ten(random: &dyn Random) -> [u8; 10] {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    bytes
}
