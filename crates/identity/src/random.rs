//! The operating system's random numbers.

use crate::SecretsError;

/// `N` random bytes, fit for keys.
pub fn bytes<const N: usize>() -> Result<[u8; N], SecretsError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(SecretsError::Random)?;
    Ok(bytes)
}
